{#- numerator / denominator, rounded to 18 decimals, halves away from zero, as
    numeric(38, 18). Exact: the scale that Postgres gives to a numeric quotient
    depends on its operands, so the division is one of whole numbers,
    |n| / |d| = div(2 |n| 10^18 + |d|, 2 |d|) / 10^18. Null where the numerator is
    null or the denominator null or 0. -#}
{% macro divide_rounded(numerator, denominator) -%}
    (
        sign({{ numerator }}::numeric) * sign({{ denominator }}::numeric)
        * div(
            2 * abs({{ numerator }}::numeric) * 1000000000000000000
            + abs({{ denominator }}::numeric),
            nullif(2 * abs({{ denominator }}::numeric), 0)
        )
        * 0.000000000000000001
    )::numeric(38, 18)
{%- endmacro %}
