-- How many messages of a registration came after the run that the marts are of.
select count(*) as copies
from raw.user_registrations as reg
left join intermediate.int_run_positions as pos
    on
        pos.kafka_topic = 'user_registrations'
        and reg.kafka_partition = pos.kafka_partition
where
    reg.event_id = %(registration_id)s::text
    and (pos.load_seq is null or reg.load_seq > pos.load_seq)
