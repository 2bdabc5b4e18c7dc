{#- dbt's own macro less its copy of the statement. dbt keeps the SQL of a seed under
    `target/`, joined with the path of the seed: where ROI_SEEDS is absolute that is
    the CSV file itself, which would be overwritten. -#}
{% macro noop_statement(
    name=none, message=none, code=none, rows_affected=none, res=none
) -%}
    {%- set sql = caller() -%}
    {%- if name is not none -%}
        {{ store_raw_result(
            name, message=message, code=code, rows_affected=rows_affected,
            agate_table=res
        ) }}
    {%- endif -%}
{%- endmacro %}
