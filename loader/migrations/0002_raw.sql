-- The raw schema of contract section 2. Append-only, in the order of load_seq.
--
-- No table here has a primary key: exactly-once comes from the compare-and-set on
-- raw.kafka_offsets, which stands in the same transaction as the rows.
set local role roi_owner;

create schema raw;

create table raw.schema_migrations (
    version integer primary key,
    name text not null,
    applied_at timestamptz not null default now()
);

create table raw.kafka_offsets (
    kafka_topic text not null,
    kafka_partition integer not null,
    log_epoch integer not null default 0,
    first_offset bigint not null,
    next_offset bigint not null,
    load_seq bigint not null default 0,
    updated_at timestamptz not null default now(),
    primary key (kafka_topic, kafka_partition),
    check (next_offset >= first_offset)
);

create table raw.ad_events (
    event_id text not null,
    event_type text not null,
    event_time timestamptz not null,
    device_id text not null,
    platform text not null,
    campaign_id text,
    ad_group_id text,
    ad_id text,
    ad_type text,
    country text,
    properties jsonb,
    kafka_partition integer not null,
    kafka_offset bigint not null,
    kafka_timestamp timestamptz not null,
    log_epoch integer not null,
    load_seq bigint not null,
    loaded_at timestamptz not null default now()
);

create table raw.user_registrations (
    event_id text not null,
    event_time timestamptz not null,
    user_id text not null,
    device_id text not null,
    country text,
    properties jsonb,
    kafka_partition integer not null,
    kafka_offset bigint not null,
    kafka_timestamp timestamptz not null,
    log_epoch integer not null,
    load_seq bigint not null,
    loaded_at timestamptz not null default now()
);

create table raw.ad_spend (
    platform text not null,
    account_id text,
    campaign_id text,
    campaign_name text,
    period_start timestamptz not null,
    period_end timestamptz not null,
    amount numeric not null,
    currency text not null,
    reported_at timestamptz not null,
    impressions bigint,
    clicks bigint,
    conversions bigint,
    properties jsonb,
    kafka_partition integer not null,
    kafka_offset bigint not null,
    kafka_timestamp timestamptz not null,
    log_epoch integer not null,
    load_seq bigint not null,
    loaded_at timestamptz not null default now()
);

create table raw.revenue_events (
    event_id text not null,
    event_time timestamptz not null,
    user_id text not null,
    amount numeric not null,
    currency text not null,
    properties jsonb,
    kafka_partition integer not null,
    kafka_offset bigint not null,
    kafka_timestamp timestamptz not null,
    log_epoch integer not null,
    load_seq bigint not null,
    loaded_at timestamptz not null default now()
);

create table raw.rejected_events (
    kafka_topic text not null,
    kafka_partition integer not null,
    kafka_offset bigint not null,
    kafka_timestamp timestamptz not null,
    log_epoch integer not null,
    load_seq bigint not null,
    message_key bytea,
    message_value bytea,
    reason text not null check (
        reason in (
            'tombstone', 'too_large', 'invalid_utf8', 'invalid_json',
            'missing_field', 'invalid_type', 'invalid_value', 'unstorable_text'
        )
    ),
    detail text not null,
    rejected_at timestamptz not null default now(),
    redriven_at timestamptz
);

comment on schema raw is
'What Kafka delivered, each message exactly once. Append-only.';
comment on table raw.schema_migrations is
'Which migrations this schema has had: see `roi migrate`.';
comment on table raw.kafka_offsets is
'Where the loader stands: one row per topic and partition.';
comment on column raw.kafka_offsets.log_epoch is
'One more each time the topic is taken over after being recreated or moved.';
comment on column raw.kafka_offsets.first_offset is
'The first offset of this epoch that was there to be loaded.';
comment on column raw.kafka_offsets.next_offset is
'Everything before it is loaded or rejected.';
comment on column raw.kafka_offsets.load_seq is
'Raised by every transaction that writes rows of the partition: the clock.';
comment on table raw.rejected_events is
'Messages that can never be stored as what they claim to be, with their bytes.';

grant usage on schema raw to roi_loader, roi_transformer;
grant insert on
raw.ad_events,
raw.user_registrations,
raw.ad_spend,
raw.revenue_events,
raw.rejected_events,
raw.kafka_offsets
to roi_loader;
grant select on raw.kafka_offsets, raw.schema_migrations to roi_loader;
grant update (
    log_epoch, first_offset, next_offset, load_seq, updated_at
) on raw.kafka_offsets to roi_loader;
grant select on all tables in schema raw to roi_transformer;
