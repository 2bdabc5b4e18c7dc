{#- The name of the model behind the plain marts, checked. -#}
{% macro attribution_model() -%}
    {%- set known = [
        'last_touch', 'first_touch', 'linear', 'position_based', 'time_decay'
    ] -%}
    {%- set chosen = var('attribution_model', 'last_touch') -%}
    {%- if chosen not in known -%}
        {{ exceptions.raise_compiler_error(
            "variable attribution_model: '" ~ chosen ~ "' is not one of "
            ~ known | join(', ')
        ) }}
    {%- endif -%}
    '{{ chosen }}'
{%- endmacro %}
