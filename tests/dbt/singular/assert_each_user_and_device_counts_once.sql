-- A row of this test is a user or a device with more than one eligible registration,
-- or a user without any registration that was kept.
with registrations as (
    select * from {{ ref('int_registrations_classified') }}
),

final as (
    select
        user_id,
        null as device_id,
        'user ' || user_id || ' has more than one eligible' as problem
    from registrations
    where eligibility = 'eligible'
    group by 1
    having count(*) > 1
    union all
    select
        null as user_id,
        device_id,
        'device ' || device_id || ' has more than one eligible' as problem
    from registrations
    where eligibility = 'eligible'
    group by 2
    having count(*) > 1
    union all
    select
        user_id,
        null as device_id,
        'user ' || user_id || ' has none that is kept, or several' as problem
    from registrations
    group by 1
    having count(*) filter (where eligibility != 'duplicate_user') != 1
)

select * from final
