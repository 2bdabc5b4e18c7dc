-- What became of a registration, and which one was kept where it was not.
select
    cls.registration_id,
    cls.user_id,
    cls.device_id,
    cls.registered_at,
    coalesce(att.status, cls.eligibility) as status,
    kpt.registration_id as kept_registration_id,
    kpt.user_id as kept_user_id,
    kpt.device_id as kept_device_id,
    kpt.registered_at as kept_registered_at,
    att.platform,
    att.touch_id,
    att.touch_type,
    att.campaign_id,
    att.ad_type,
    att.touched_at,
    att.hours_to_register,
    exists (
        select 1 from staging.stg_seeds__junk_devices as jnk
        where cls.device_id = jnk.device_id
    ) as is_junk_device
from intermediate.int_registrations_classified as cls
left join marts.attributed_registrations as att
    on cls.registration_id = att.registration_id
left join intermediate.int_registrations_classified as kpt
    on
        (
            cls.eligibility = 'duplicate_user'
            and cls.user_id = kpt.user_id
            and kpt.eligibility != 'duplicate_user'
        )
        or (
            cls.eligibility = 'shared_device'
            and cls.device_id = kpt.device_id
            and kpt.eligibility = 'eligible'
        )
where cls.registration_id = %(registration_id)s::text
