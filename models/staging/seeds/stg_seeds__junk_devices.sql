with junk_devices as (
    select * from {{ ref('junk_devices') }}
),

-- dbt takes the word null of a CSV file, in any case, for no value.
ids as (
    select unnest(
        case
            when {{ normalised_text('device_id') }} is null
                then array['null', 'Null', 'NULL']
            else array[{{ normalised_text('device_id') }}]
        end
    ) as device_id
    from junk_devices
),

final as (
    select {{ normalised_device('device_id') }} as device_id
    from ids
)

select * from final
