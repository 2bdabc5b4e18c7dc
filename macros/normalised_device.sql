{#- A device id as the loader stores it: a UUID in lower case, any other as it is. -#}
{% macro normalised_device(column) -%}
    case
        when
            {{ column }} ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
            then lower({{ column }})
        else {{ column }}
    end
{%- endmacro %}
