"""Dagster: what runs when, in which order, and how fresh it is."""
