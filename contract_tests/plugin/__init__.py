"""The pytest plugin, run on suites of its own."""
