{#- A sum as numeric(38, 18), the type of money in the marts; null where that type
    cannot hold it, see divide_rounded. -#}
{% macro as_decimal(expression) -%}
    (case
        when abs(round({{ expression }}, 18)) < 100000000000000000000
            then {{ expression }}
    end)::numeric(38, 18)
{%- endmacro %}
