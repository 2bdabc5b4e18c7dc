-- A row of this test is a value of quality_thresholds.csv that cannot be read.
with thresholds as (
    select * from {{ ref('quality_thresholds') }}
),

cleaned as (
    select
        concat_ws(
            ',',
            coalesce(check_name, ''),
            coalesce(warn, ''),
            coalesce(fail, ''),
            coalesce(at_least, '')
        ) as csv_row,
        lower({{ normalised_text('check_name') }}) as check_name,
        {{ normalised_text('warn') }} as warn,
        {{ normalised_text('fail') }} as fail,
        {{ normalised_text('at_least') }} as at_least
    from thresholds
),

reasons as (
    select
        csv_row,
        'check_name is none that has thresholds' as reason
    from cleaned
    where
        check_name is null
        or check_name not in (
            'impressions_incomplete',
            'registrations_incomplete',
            'cpa_out_of_line',
            'spend_missing',
            'devices_on_several_platforms',
            'devices_with_several_users',
            'registered_before_impression',
            'raw_rows_missing'
        )
    union all
    select
        csv_row,
        'warn is a number, 0 or more, or empty' as reason
    from cleaned
    where warn like '-%' or not {{ is_readable('warn', 'number') }}
    union all
    select
        csv_row,
        'fail is a number, 0 or more, or empty' as reason
    from cleaned
    where fail like '-%' or not {{ is_readable('fail', 'number') }}
    union all
    select
        csv_row,
        'at_least is a number, 0 or more, or empty' as reason
    from cleaned
    where at_least like '-%' or not {{ is_readable('at_least', 'number') }}
),

final as (
    select 'quality_thresholds.csv: ' || reason || ', in: ' || csv_row as problem
    from reasons
)

select * from final
