-- depends_on: {{ ref('stg_seeds__attribution_rules') }}
-- depends_on: {{ ref('stg_seeds__exchange_rates') }}
-- depends_on: {{ ref('stg_seeds__registration_values') }}
-- depends_on: {{ ref('stg_seeds__conflict_thresholds') }}
-- depends_on: {{ ref('stg_seeds__junk_devices') }}
-- depends_on: {{ ref('stg_seeds__quality_thresholds') }}
{{
    config(
        materialized='incremental',
        incremental_strategy='converge',
        unique_key=['kafka_topic', 'kafka_partition'],
        full_refresh=false,
    )
}}

-- Everything of a run reads raw up to these positions. The seeds come first: where
-- one of them is wrong the run stops here, before anything has moved.
with offsets as (
    select * from {{ source('raw', 'kafka_offsets') }}
),

final as (
    select
        kafka_topic,
        kafka_partition,
        load_seq,
        next_offset,
        statement_timestamp() as frozen_at
    from offsets
)

select * from final
