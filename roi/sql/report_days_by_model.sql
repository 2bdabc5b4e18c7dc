-- Daily CPA under any model; revenue is kept for the model of the plain marts only.
select
    report_date,
    platform,
    spend,
    spend_coverage,
    impressions,
    clicks,
    registrations,
    cpa
from marts.daily_cpa_by_model
where
    attribution_model = %(model)s::text
    and report_date between
    coalesce(%(first_day)s::date, '-infinity')
    and coalesce(%(last_day)s::date, 'infinity')
    and (%(platform)s::text is null or platform = %(platform)s::text)
order by report_date, platform collate "C"
