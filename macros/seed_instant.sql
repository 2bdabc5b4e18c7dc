{#- A time of a seed: RFC 3339 with an offset, or a bare date, which is its midnight
    in the reporting time zone. Where the clock is set back over midnight that hour
    comes twice, and the first of them begins the day; Postgres takes the second. -#}
{% macro seed_instant(column) -%}
    {%- set zone = var("reporting_timezone", "UTC") -%}
    {%- set date = normalised_text(column) ~ "::timestamp" -%}
    case
        when length({{ normalised_text(column) }}) <> 10
            then {{ normalised_text(column) }}::timestamptz
        when
            ({{ date }} at time zone '{{ zone }}' - interval '1 hour')
            at time zone '{{ zone }}' = {{ date }}
            then {{ date }} at time zone '{{ zone }}' - interval '1 hour'
        else {{ date }} at time zone '{{ zone }}'
    end
{%- endmacro %}
