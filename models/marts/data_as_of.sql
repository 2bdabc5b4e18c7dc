-- Published last, so that it never promises more than the marts show.
-- depends_on: {{ ref('daily_cpa') }}
-- depends_on: {{ ref('hourly_cpa') }}
-- depends_on: {{ ref('daily_cpa_by_model') }}
-- depends_on: {{ ref('daily_campaign_performance') }}
-- depends_on: {{ ref('daily_roi') }}
-- depends_on: {{ ref('attributed_registrations') }}
-- depends_on: {{ ref('attribution_credits') }}
-- depends_on: {{ ref('device_platforms') }}
-- depends_on: {{ ref('attribution_conflicts') }}
-- depends_on: {{ ref('data_quality_daily') }}
{{ config(unique_key=['kafka_topic', 'kafka_partition']) }}

with positions as (
    select * from {{ ref('int_run_positions') }}
),

ad_events as (
    select * from {{ source('raw', 'ad_events') }}
),

user_registrations as (
    select * from {{ source('raw', 'user_registrations') }}
),

ad_spend as (
    select * from {{ source('raw', 'ad_spend') }}
),

revenue_events as (
    select * from {{ source('raw', 'revenue_events') }}
),

events as (
    select
        'ad_events' as kafka_topic,
        kafka_partition,
        load_seq,
        event_time
    from ad_events
    union all
    select
        'user_registrations' as kafka_topic,
        kafka_partition,
        load_seq,
        event_time
    from user_registrations
    union all
    select
        'ad_spend' as kafka_topic,
        kafka_partition,
        load_seq,
        period_end as event_time
    from ad_spend
    union all
    select
        'revenue_events' as kafka_topic,
        kafka_partition,
        load_seq,
        event_time
    from revenue_events
),

latest as (
    select
        pos.kafka_topic,
        pos.kafka_partition,
        max(evt.event_time) as latest_event_time
    from positions as pos
    inner join events as evt
        on
            pos.kafka_topic = evt.kafka_topic
            and pos.kafka_partition = evt.kafka_partition
            and pos.load_seq >= evt.load_seq
    group by 1, 2
),

final as (
    select
        pos.kafka_topic,
        pos.kafka_partition,
        pos.load_seq,
        pos.next_offset,
        lat.latest_event_time,
        pos.frozen_at
    from positions as pos
    left join latest as lat
        on
            pos.kafka_topic = lat.kafka_topic
            and pos.kafka_partition = lat.kafka_partition
)

select * from final
