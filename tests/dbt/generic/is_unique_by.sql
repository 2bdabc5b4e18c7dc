-- No two rows agree in all columns of the grain; nulls are equal.
{% test is_unique_by(model, grain) %}

select
    {{ grain | join(', ') }},
    'more than one row for ' || concat_ws(', ', {{ grain | join(', ') }}) as problem
from {{ model }}
group by {{ grain | join(', ') }}
having count(*) > 1

{% endtest %}
