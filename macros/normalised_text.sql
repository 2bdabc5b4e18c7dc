{#- Text of a seed as the loader stores text of events: without leading and trailing
    white space; null where nothing is left. -#}
{% macro normalised_text(column) -%}
    nullif(regexp_replace({{ column }}, '^\s+|\s+$', '', 'g'), '')
{%- endmacro %}
