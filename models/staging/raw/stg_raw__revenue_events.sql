with revenue_events as (
    select * from {{ source('raw', 'revenue_events') }}
),

positions as (
    select * from {{ ref('int_run_positions') }}
),

-- Of the copies of an event the one that Kafka had first counts.
copies as (
    select
        rev.event_id as revenue_event_id,
        rev.user_id,
        rev.event_time as earned_at,
        rev.amount,
        rev.currency,
        row_number() over (
            partition by rev.event_id
            order by
                rev.kafka_timestamp,
                rev.log_epoch,
                rev.kafka_partition,
                rev.kafka_offset
        ) as copy_number
    from revenue_events as rev
    inner join positions as pos
        on
            pos.kafka_topic = 'revenue_events'
            and rev.kafka_partition = pos.kafka_partition
            and rev.load_seq <= pos.load_seq
),

final as (
    select
        revenue_event_id,
        user_id,
        earned_at,
        amount,
        currency
    from copies
    where copy_number = 1
)

select * from final
