"""A real Postgres and a real single-node Kafka on this machine, for `roi up`."""
