{#- The incremental strategy `converge`: a model's query is the whole new content of
    its table. Rows that are no longer in it are deleted, rows that are missing are
    inserted, all others stay untouched: nothing is written where nothing changed,
    a full and an ordinary run leave the same rows, and since the table itself is
    never replaced, views and grants of other people stay.

    `unique_key` names the columns, never null, by which old and new rows find each
    other; all columns are then compared. Further key columns that may be null need
    not be named. Delete and insert are one transaction, dbt's own. -#}
{% macro get_incremental_converge_sql(arg_dict) %}
    {%- set old_relation = arg_dict['target_relation'] -%}
    {%- set new_relation = arg_dict['temp_relation'] -%}
    {%- set keys = arg_dict['unique_key'] or [] -%}
    {%- set keys = [keys] if keys is string else keys -%}
    {%- if not keys -%}
        {{ exceptions.raise_compiler_error(
            'incremental_strategy converge needs a unique_key: ' ~ old_relation
        ) }}
    {%- endif -%}
    {%- set names = arg_dict['dest_columns'] | map(attribute='name') | list -%}
    {#- Equality on the keys lets the rows meet by hash; nulls need the long form. -#}
    {%- set conditions = [] -%}
    {%- for name in names -%}
        {%- set column = adapter.quote(name) -%}
        {%- do conditions.append(
            'fresh.' ~ column
            ~ (' = ' if name in keys else ' is not distinct from ')
            ~ 'stale.' ~ column
        ) -%}
    {%- endfor -%}
    {%- set same_row = conditions | join(' and ') -%}

-- Without statistics the planner could take a large set for a small one.
analyze {{ new_relation }};

delete from {{ old_relation }} as stale
where not exists (
    select from {{ new_relation }} as fresh
    where {{ same_row }}
);

insert into {{ old_relation }} ({{ get_quoted_csv(names) }})
select {{ get_quoted_csv(names) }}
from {{ new_relation }} as fresh
where not exists (
    select from {{ old_relation }} as stale
    where {{ same_row }}
)
{% endmacro %}
