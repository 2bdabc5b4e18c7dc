-- How each model splits the credit of a registration, in the order of touches.
select
    attribution_model,
    platform,
    touch_id,
    touch_number,
    credit
from intermediate.int_attribution_credits
where registration_id = %(registration_id)s::text
order by attribution_model collate "C", touch_number
