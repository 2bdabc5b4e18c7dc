"""The definitions, one module for each concern."""
