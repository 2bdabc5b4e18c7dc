{#- Whether touches of junk devices are no candidates: the variable
    exclude_junk_devices, checked, as a SQL boolean. -#}
{% macro junk_devices_are_taken_out() -%}
    {%- set chosen = var('exclude_junk_devices', false) or false -%}
    {%- if chosen | string | lower not in ['true', 'false'] -%}
        {{ exceptions.raise_compiler_error(
            "variable exclude_junk_devices: '" ~ chosen ~ "' is not true or false"
        ) }}
    {%- endif -%}
    {{ chosen | string | lower }}
{%- endmacro %}
