{#- Whether a text of a seed can be read as `kind`: number, whole_number, date or
    instant. Never an error, whatever the text is; null for null. -#}
{% macro is_readable(text, kind) -%}
    {%- set day = '([1-9][0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])' -%}
    {%- set clock = '([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]+)?' -%}
    {%- set offset = '([zZ]|[+-](0[0-9]|1[0-5]):?[0-5][0-9])' -%}
    {%- set patterns = {
        'number': '^[+-]?[0-9]{1,18}([.][0-9]{1,18})?$',
        'whole_number': '^[+-]?[0-9]{1,18}$',
        'date': '^' ~ day ~ '$',
        'instant': '^' ~ day ~ '([Tt ]' ~ clock ~ offset ~ ')?$',
    } -%}
    {%- if kind in ['date', 'instant'] -%}
        case
            when {{ text }} is null then null
            when {{ text }} !~ '{{ patterns[kind] }}' then false
            -- The 30th of February has the form of a date.
            else
                substr({{ text }}, 9, 2)::integer <= extract(
                    day from make_date(
                        substr({{ text }}, 1, 4)::integer,
                        substr({{ text }}, 6, 2)::integer,
                        1
                    ) + interval '1 month' - interval '1 day'
                )
        end
    {%- else -%}
        {{ text }} ~ '{{ patterns[kind] }}'
    {%- endif -%}
{%- endmacro %}
