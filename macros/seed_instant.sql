{#- A time of a seed: RFC 3339 with an offset, or a bare date, which is its midnight
    in the reporting time zone. -#}
{% macro seed_instant(column) -%}
    case
        when length({{ normalised_text(column) }}) = 10
            then
                {{ normalised_text(column) }}::timestamp
                at time zone '{{ var("reporting_timezone", "UTC") }}'
        else {{ normalised_text(column) }}::timestamptz
    end
{%- endmacro %}
