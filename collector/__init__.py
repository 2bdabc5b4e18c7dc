"""Into Kafka: files today, whatever else brings events tomorrow."""
