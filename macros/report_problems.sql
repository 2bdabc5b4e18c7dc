{#- At the end of a run: what a failed test has found, in words. A test whose rows
    have a column `problem` speaks for itself; dbt alone shows only how many. -#}
{% macro report_problems(results) -%}
    {%- if execute and flags.WHICH in ['build', 'test'] -%}
        {%- for result in results
            if result.status in ['fail', 'warn'] and result.node.resource_type == 'test'
            and ' as problem' in (result.node.compiled_code or '')
        -%}
            {%- set found = run_query(
                'select problem from (' ~ result.node.compiled_code
                ~ ') as found order by 1 limit 5'
            ) -%}
            {%- for row in found.rows -%}
                {%- do log(result.node.name ~ ': ' ~ row['problem'], info=true) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
