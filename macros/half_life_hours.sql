{#- The half-life of the model time_decay in hours, checked, as a SQL number. -#}
{% macro half_life_hours() -%}
    {%- set chosen = var('time_decay_half_life_hours', 168) -%}
    {%- if (chosen | string | float(0)) <= 0 -%}
        {{ exceptions.raise_compiler_error(
            "variable time_decay_half_life_hours: '" ~ chosen
            ~ "' is not a number above 0"
        ) }}
    {%- endif -%}
    {{ chosen }}::numeric
{%- endmacro %}
