{#- What the wall clock of the reporting time zone shows at an instant. The session's
    time zone plays no part; a cast of an instant to a date would use it. -#}
{% macro in_reporting_timezone(instant) -%}
    ({{ instant }} at time zone '{{ var("reporting_timezone", "UTC") }}')
{%- endmacro %}
