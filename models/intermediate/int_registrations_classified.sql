with registrations as (
    select * from {{ ref('stg_raw__user_registrations') }}
),

users_ranked as (
    select
        *,
        row_number() over (
            partition by user_id
            order by registered_at, registration_id collate "C"
        ) as registration_of_user
    from registrations
),

-- A device is judged only by the registrations that its users keep.
devices_ranked as (
    select
        *,
        row_number() over (
            partition by device_id, registration_of_user = 1
            order by registered_at, registration_id collate "C"
        ) as registration_of_device
    from users_ranked
),

final as (
    select
        registration_id,
        user_id,
        device_id,
        registered_at,
        case
            when registration_of_user > 1 then 'duplicate_user'
            when registration_of_device > 1 then 'shared_device'
            else 'eligible'
        end as eligibility
    from devices_ranked
)

select * from final
