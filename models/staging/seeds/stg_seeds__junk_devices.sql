with junk_devices as (
    select * from {{ ref('junk_devices') }}
),

-- dbt takes the word null of a CSV file, in any case, for no value.
ids as (
    select {{ normalised_text('device_id') }} as device_id
    from junk_devices
    where {{ normalised_text('device_id') }} is not null
    union all
    select nul.device_id
    from junk_devices as jnk
    cross join unnest(array['null', 'Null', 'NULL']) as nul (device_id)
    where {{ normalised_text('jnk.device_id') }} is null
),

final as (
    select {{ normalised_device('device_id') }} as device_id
    from ids
)

select * from final
