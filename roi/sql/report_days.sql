-- Daily CPA and ROI under the model of the plain marts.
select
    cpa.report_date,
    cpa.platform,
    cpa.spend,
    cpa.spend_coverage,
    cpa.impressions,
    cpa.clicks,
    cpa.registrations,
    cpa.cpa,
    roi.revenue,
    roi.roi,
    roi.roas
from marts.daily_cpa as cpa
left join marts.daily_roi as roi
    on
        cpa.report_date = roi.report_date
        and cpa.platform = roi.platform
where
    cpa.report_date between
    coalesce(%(first_day)s::date, '-infinity')
    and coalesce(%(last_day)s::date, 'infinity')
    and (%(platform)s::text is null or cpa.platform = %(platform)s::text)
order by cpa.report_date, cpa.platform collate "C"
