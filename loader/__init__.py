"""Kafka to Postgres, each message exactly once."""
