with touches as (
    select * from {{ ref('stg_raw__ad_events') }}
),

registrations as (
    select * from {{ ref('int_registrations_classified') }}
),

conflicts as (
    select * from {{ ref('int_registrations_conflicting') }}
),

thresholds as (
    select * from {{ ref('stg_seeds__quality_thresholds') }}
),

touched_devices as (
    select
        {{ in_reporting_timezone('touched_at') }}::date as report_date,
        device_id,
        min(platform) != max(platform) as is_on_several_platforms
    from touches
    group by 1, 2
),

users_of_devices as (
    select
        device_id,
        count(distinct user_id) as user_count
    from registrations
    group by 1
),

registering_devices as (
    select distinct
        {{ in_reporting_timezone('reg.registered_at') }}::date as report_date,
        reg.device_id,
        usr.user_count > 1 as is_of_several_users
    from registrations as reg
    inner join users_of_devices as usr
        on reg.device_id = usr.device_id
),

eligible_registrations as (
    select
        {{ in_reporting_timezone('reg.registered_at') }}::date as report_date,
        cnf.registration_id is not null as is_before_impression
    from registrations as reg
    left join conflicts as cnf
        on
            reg.registration_id = cnf.registration_id
            and cnf.conflict_type = 'registered_before_impression'
    where reg.eligibility = 'eligible'
),

counts as (
    select
        report_date,
        'devices_on_several_platforms' as check_name,
        count(*) filter (where is_on_several_platforms) as found,
        count(*) as looked_at
    from touched_devices
    group by 1
    union all
    select
        report_date,
        'devices_with_several_users' as check_name,
        count(*) filter (where is_of_several_users) as found,
        count(*) as looked_at
    from registering_devices
    group by 1
    union all
    select
        report_date,
        'registered_before_impression' as check_name,
        count(*) filter (where is_before_impression) as found,
        count(*) as looked_at
    from eligible_registrations
    group by 1
),

shares as (
    select
        *,
        {{ divide_rounded('found', 'looked_at') }} as observed
    from counts
),

-- What is expected is the largest share that passes.
final as (
    select
        shr.report_date,
        shr.check_name,
        'all' as platform,
        shr.observed,
        thr.warn_at::numeric(38, 18) as expected,
        case
            when shr.looked_at < thr.at_least then 'pass'
            when shr.observed > thr.fail_at then 'fail'
            when shr.observed > thr.warn_at then 'warn'
            else 'pass'
        end as status
    from shares as shr
    left join thresholds as thr
        on shr.check_name = thr.check_name
)

select * from final
