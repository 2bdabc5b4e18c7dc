-- Up to where the marts have read what a registration is judged by.
select
    kafka_topic,
    kafka_partition,
    load_seq,
    next_offset,
    frozen_at
from marts.data_as_of
where kafka_topic in ('ad_events', 'user_registrations')
order by kafka_topic collate "C", kafka_partition
