{#- An instant as text of RFC 3339 in UTC, whatever the session's time zone is. -#}
{% macro instant_text(instant) -%}
    to_char({{ instant }} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
{%- endmacro %}
