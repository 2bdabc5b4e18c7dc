{#- numerator / denominator, rounded to 18 decimals, halves away from zero, as
    numeric(38, 18). Exact: the scale that Postgres gives to a numeric quotient
    depends on its operands, so the division is one of whole numbers,
    |n| / |d| = div(2 |n| 10^18 + |d|, 2 |d|) / 10^18. Null where the numerator is
    null or the denominator null or 0, and where the type cannot hold the quotient:
    spend of 10^-18 makes a ROAS of 10^21, which must not stop every build from then
    on. -#}
{% macro divide_rounded(numerator, denominator) -%}
    (case
        when
            abs({{ numerator }}::numeric)
            < 99999999999999999999 * abs({{ denominator }}::numeric)
            then
                (
                    sign({{ numerator }}::numeric) * sign({{ denominator }}::numeric)
                    * div(
                        2 * abs({{ numerator }}::numeric) * 1000000000000000000
                        + abs({{ denominator }}::numeric),
                        2 * abs({{ denominator }}::numeric)
                    )
                    * 0.000000000000000001
                )
    end)::numeric(38, 18)
{%- endmacro %}
