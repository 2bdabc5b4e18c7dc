{{ config(unique_key='conflict_id') }}

with devices as (
    select * from {{ ref('int_devices_conflicting') }}
),

registrations as (
    select * from {{ ref('int_registrations_conflicting') }}
),

events as (
    select * from {{ ref('int_events_conflicting') }}
),

-- What makes a conflict the same one in the next run, in front of all else.
conflicts as (
    select
        jsonb_build_array(conflict_type, device_id, report_date) as identifiers,
        conflict_type,
        device_id,
        null::text as user_id,
        null::text as platform,
        detected_at,
        details
    from devices
    union all
    select
        jsonb_build_array(conflict_type, coalesce(registration_id, user_id))
            as identifiers,
        conflict_type,
        device_id,
        user_id,
        platform,
        detected_at,
        details
    from registrations
    union all
    select
        jsonb_build_array(conflict_type, kafka_topic, platform, event_id)
            as identifiers,
        conflict_type,
        device_id,
        user_id,
        platform,
        detected_at,
        details
    from events
),

final as (
    select
        md5(identifiers::text) as conflict_id,
        conflict_type,
        device_id,
        user_id,
        platform,
        detected_at,
        details
    from conflicts
)

select * from final
