-- A row of this test is an event up to the run's position that has not exactly one
-- staged row: rows of raw = rows of staging + copies.
with positions as (
    select * from {{ ref('int_run_positions') }}
),

raw_ad_events as (
    select * from {{ source('raw', 'ad_events') }}
),

raw_registrations as (
    select * from {{ source('raw', 'user_registrations') }}
),

raw_spend as (
    select * from {{ source('raw', 'ad_spend') }}
),

raw_revenue as (
    select * from {{ source('raw', 'revenue_events') }}
),

staged_ad_events as (
    select * from {{ ref('stg_raw__ad_events') }}
),

staged_registrations as (
    select * from {{ ref('stg_raw__user_registrations') }}
),

staged_spend as (
    select * from {{ ref('stg_raw__ad_spend') }}
),

staged_revenue as (
    select * from {{ ref('stg_raw__revenue_events') }}
),

raw_rows as (
    select
        'ad_events' as kafka_topic,
        kafka_partition,
        load_seq,
        platform,
        event_id
    from raw_ad_events
    union all
    select
        'user_registrations' as kafka_topic,
        kafka_partition,
        load_seq,
        '' as platform,
        event_id
    from raw_registrations
    union all
    select
        'ad_spend' as kafka_topic,
        kafka_partition,
        load_seq,
        '' as platform,
        concat_ws('-', log_epoch, kafka_partition, kafka_offset) as event_id
    from raw_spend
    union all
    select
        'revenue_events' as kafka_topic,
        kafka_partition,
        load_seq,
        '' as platform,
        event_id
    from raw_revenue
),

raw_events as (
    select
        rws.kafka_topic,
        rws.platform,
        rws.event_id
    from raw_rows as rws
    inner join positions as pos
        on
            rws.kafka_topic = pos.kafka_topic
            and rws.kafka_partition = pos.kafka_partition
            and rws.load_seq <= pos.load_seq
    group by 1, 2, 3
),

staged_rows as (
    select
        'ad_events' as kafka_topic,
        platform,
        touch_id as event_id
    from staged_ad_events
    union all
    select
        'user_registrations' as kafka_topic,
        '' as platform,
        registration_id as event_id
    from staged_registrations
    union all
    select
        'ad_spend' as kafka_topic,
        '' as platform,
        spend_report_id as event_id
    from staged_spend
    union all
    select
        'revenue_events' as kafka_topic,
        '' as platform,
        revenue_event_id as event_id
    from staged_revenue
),

staged_events as (
    select
        kafka_topic,
        platform,
        event_id,
        count(*) as staged
    from staged_rows
    group by 1, 2, 3
),

final as (
    select
        coalesce(evt.kafka_topic, stg.kafka_topic) || ': event '
        || coalesce(evt.event_id, stg.event_id) || ' is staged '
        || coalesce(stg.staged, 0) || ' times' as problem
    from raw_events as evt
    full outer join staged_events as stg
        on
            evt.kafka_topic = stg.kafka_topic
            and evt.platform = stg.platform
            and evt.event_id = stg.event_id
    where evt.event_id is null or stg.staged is distinct from 1
)

select * from final
