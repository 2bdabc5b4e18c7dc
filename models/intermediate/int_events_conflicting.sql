with positions as (
    select * from {{ ref('int_run_positions') }}
),

ad_events as not materialized (
    select * from {{ source('raw', 'ad_events') }}
),

user_registrations as not materialized (
    select * from {{ source('raw', 'user_registrations') }}
),

revenue_events as not materialized (
    select * from {{ source('raw', 'revenue_events') }}
),

-- Ids that came more than once: few, so that only their rows are looked at closely.
reused_ad_events as (
    select
        platform,
        event_id
    from ad_events
    group by 1, 2
    having count(*) > 1
),

reused_registrations as (
    select event_id
    from user_registrations
    group by 1
    having count(*) > 1
),

reused_revenue_events as (
    select event_id
    from revenue_events
    group by 1
    having count(*) > 1
),

-- Every listed field of the topic but those that make the identity.
copies as (
    select
        'ad_events' as kafka_topic,
        evt.platform,
        evt.event_id,
        evt.device_id,
        null::text as user_id,
        evt.event_time,
        evt.kafka_timestamp,
        evt.log_epoch,
        evt.kafka_partition,
        evt.kafka_offset,
        evt.load_seq,
        jsonb_build_object(
            'event_type', evt.event_type,
            'event_time', {{ instant_text('evt.event_time') }},
            'device_id', evt.device_id,
            'campaign_id', evt.campaign_id,
            'ad_group_id', evt.ad_group_id,
            'ad_id', evt.ad_id,
            'ad_type', evt.ad_type,
            'country', evt.country
        ) as listed_fields
    from ad_events as evt
    inner join reused_ad_events as rsd
        on
            evt.platform = rsd.platform
            and evt.event_id = rsd.event_id
    union all
    select
        'user_registrations' as kafka_topic,
        null as platform,
        reg.event_id,
        reg.device_id,
        reg.user_id,
        reg.event_time,
        reg.kafka_timestamp,
        reg.log_epoch,
        reg.kafka_partition,
        reg.kafka_offset,
        reg.load_seq,
        jsonb_build_object(
            'event_time', {{ instant_text('reg.event_time') }},
            'user_id', reg.user_id,
            'device_id', reg.device_id,
            'country', reg.country
        ) as listed_fields
    from user_registrations as reg
    inner join reused_registrations as rsd
        on reg.event_id = rsd.event_id
    union all
    select
        'revenue_events' as kafka_topic,
        null as platform,
        rev.event_id,
        null as device_id,
        rev.user_id,
        rev.event_time,
        rev.kafka_timestamp,
        rev.log_epoch,
        rev.kafka_partition,
        rev.kafka_offset,
        rev.load_seq,
        jsonb_build_object(
            'event_time', {{ instant_text('rev.event_time') }},
            'user_id', rev.user_id,
            'amount', rev.amount,
            'currency', rev.currency
        ) as listed_fields
    from revenue_events as rev
    inner join reused_revenue_events as rsd
        on rev.event_id = rsd.event_id
),

numbered as (
    select
        cop.*,
        row_number() over (
            partition by cop.kafka_topic, cop.platform, cop.event_id
            order by
                cop.kafka_timestamp,
                cop.log_epoch,
                cop.kafka_partition,
                cop.kafka_offset
        ) as copy_number
    from copies as cop
    inner join positions as pos
        on
            cop.kafka_topic = pos.kafka_topic
            and cop.kafka_partition = pos.kafka_partition
            and cop.load_seq <= pos.load_seq
),

field_values as (
    select
        num.kafka_topic,
        num.platform,
        num.event_id,
        fld.field_name,
        count(distinct fld.field_value) as versions
    from numbered as num
    cross join jsonb_each(num.listed_fields) as fld (field_name, field_value)
    group by 1, 2, 3, 4
),

differences as (
    select
        kafka_topic,
        platform,
        event_id,
        jsonb_agg(field_name order by field_name collate "C") as differing_fields
    from field_values
    where versions > 1
    group by 1, 2, 3
),

events as (
    select
        kafka_topic,
        platform,
        event_id,
        max(device_id) filter (where copy_number = 1) as device_id,
        max(user_id) filter (where copy_number = 1) as user_id,
        max(event_time) as detected_at,
        count(*) as copies
    from numbered
    group by 1, 2, 3
),

final as (
    select
        'event_id_reused' as conflict_type,
        evt.kafka_topic,
        evt.event_id,
        evt.device_id,
        evt.user_id,
        evt.platform,
        evt.detected_at,
        jsonb_build_object(
            'topic', evt.kafka_topic,
            'event_id', evt.event_id,
            'copies', evt.copies,
            'differing_fields', dif.differing_fields
        ) as details
    from events as evt
    inner join differences as dif
        on
            evt.kafka_topic = dif.kafka_topic
            and evt.event_id = dif.event_id
            and coalesce(evt.platform, '') = coalesce(dif.platform, '')
)

select * from final
