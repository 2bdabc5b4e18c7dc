-- The schema that BI tools read is there, and readable, before the first build:
-- a tool can be connected at once, and what dbt adds later is readable as it comes.
create schema marts authorization roi_transformer;

set local role roi_transformer;

grant usage on schema marts to roi_reader;
alter default privileges in schema marts grant select on tables to roi_reader;
