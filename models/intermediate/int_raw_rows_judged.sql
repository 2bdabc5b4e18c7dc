with positions as (
    select * from {{ ref('int_run_positions') }}
),

offsets as (
    select * from {{ source('raw', 'kafka_offsets') }}
),

thresholds as (
    select * from {{ ref('stg_seeds__quality_thresholds') }}
),

ad_events as (
    select * from {{ source('raw', 'ad_events') }}
),

user_registrations as (
    select * from {{ source('raw', 'user_registrations') }}
),

ad_spend as (
    select * from {{ source('raw', 'ad_spend') }}
),

revenue_events as (
    select * from {{ source('raw', 'revenue_events') }}
),

rejected_events as (
    select * from {{ source('raw', 'rejected_events') }}
),

raw_rows as (
    select
        'ad_events' as kafka_topic,
        kafka_partition,
        log_epoch,
        kafka_offset,
        load_seq,
        null::timestamptz as redriven_at
    from ad_events
    union all
    select
        'user_registrations' as kafka_topic,
        kafka_partition,
        log_epoch,
        kafka_offset,
        load_seq,
        null as redriven_at
    from user_registrations
    union all
    select
        'ad_spend' as kafka_topic,
        kafka_partition,
        log_epoch,
        kafka_offset,
        load_seq,
        null as redriven_at
    from ad_spend
    union all
    select
        'revenue_events' as kafka_topic,
        kafka_partition,
        log_epoch,
        kafka_offset,
        load_seq,
        null as redriven_at
    from revenue_events
    union all
    select
        kafka_topic,
        kafka_partition,
        log_epoch,
        kafka_offset,
        load_seq,
        redriven_at
    from rejected_events
),

-- A reject counts until it is redriven; what is redriven after the run's position
-- was frozen is still one for this run.
messages as (
    select
        rws.kafka_topic,
        rws.kafka_partition,
        rws.log_epoch,
        rws.kafka_offset,
        count(*) as times
    from raw_rows as rws
    inner join positions as pos
        on
            rws.kafka_topic = pos.kafka_topic
            and rws.kafka_partition = pos.kafka_partition
            and rws.load_seq <= pos.load_seq
            and (rws.redriven_at is null or rws.redriven_at > pos.frozen_at)
    group by 1, 2, 3, 4
),

-- Offsets can be compared within the current epoch only.
partitions as (
    select
        pos.kafka_topic,
        pos.kafka_partition,
        greatest(pos.next_offset - ofs.first_offset, 0) as expected_rows,
        coalesce(sum(msg.times) filter (where msg.log_epoch = ofs.log_epoch), 0)
            as observed_rows,
        coalesce(sum(msg.times - 1), 0)
        + count(*) filter (
            where
            msg.log_epoch = ofs.log_epoch
            and (
                msg.kafka_offset < ofs.first_offset
                or msg.kafka_offset >= pos.next_offset
            )
        ) as surplus_rows
    from positions as pos
    inner join offsets as ofs
        on
            pos.kafka_topic = ofs.kafka_topic
            and pos.kafka_partition = ofs.kafka_partition
    left join messages as msg
        on
            pos.kafka_topic = msg.kafka_topic
            and pos.kafka_partition = msg.kafka_partition
    group by 1, 2, 3
),

topics as (
    select
        kafka_topic,
        sum(expected_rows) as expected_rows,
        sum(observed_rows) as observed_rows,
        sum(surplus_rows) as surplus_rows
    from partitions
    group by 1
),

run as (
    select {{ in_reporting_timezone('max(frozen_at)') }}::date as report_date
    from positions
),

-- Fewer is not wrong in itself: transaction markers and what a log compacts away have
-- an offset and are no messages. More, or one twice, is.
findings as (
    select
        run.report_date,
        'raw_' || tpc.kafka_topic || '_missing' as check_name,
        'all' as platform,
        tpc.observed_rows as observed,
        tpc.expected_rows as expected,
        case
            when tpc.observed_rows < thr.fail_at * tpc.expected_rows then 'fail'
            when tpc.observed_rows < thr.warn_at * tpc.expected_rows then 'warn'
            else 'pass'
        end as status
    from topics as tpc
    cross join run
    left join thresholds as thr
        on thr.check_name = 'raw_rows_missing'
    union all
    select
        run.report_date,
        'raw_' || tpc.kafka_topic || '_doubled' as check_name,
        'all' as platform,
        tpc.surplus_rows as observed,
        0 as expected,
        case when tpc.surplus_rows > 0 then 'fail' else 'pass' end as status
    from topics as tpc
    cross join run
),

final as (
    select
        report_date,
        check_name,
        platform,
        {{ as_decimal('observed') }} as observed,
        {{ as_decimal('expected') }} as expected,
        status
    from findings
)

select * from final
