-- Conflicts that a registration, its user or its device is part of.
select
    conflict_type,
    device_id,
    user_id,
    platform,
    detected_at,
    details
from marts.attribution_conflicts
where
    details ->> 'registration_id' = %(registration_id)s::text
    or (conflict_type = 'event_id_reused'
        and details ->> 'topic' = 'user_registrations'
        and details ->> 'event_id' = %(registration_id)s::text)
    or (
        not details ? 'registration_id'
        and conflict_type != 'event_id_reused'
        and (
            device_id = %(device_id)s::text
            or (device_id is null and user_id = %(user_id)s::text)
        )
    )
order by conflict_type collate "C", conflict_id
