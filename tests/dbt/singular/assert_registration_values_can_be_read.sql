-- A row of this test is a value of registration_values.csv that cannot be read.
with registration_values as (
    select * from {{ ref('registration_values') }}
),

cleaned as (
    select
        concat_ws(',', coalesce(platform, ''), coalesce(value, '')) as csv_row,
        {{ normalised_text('value') }} as registration_value
    from registration_values
),

final as (
    select 'registration_values.csv: value is a number, not in: ' || csv_row as problem
    from cleaned
    where
        registration_value is null
        or not {{ is_readable('registration_value', 'number') }}
)

select * from final
