"""What the tests and the demo run in: interpreters, virtual environments, checkouts, the cache."""
