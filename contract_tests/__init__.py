"""Contract tests: they speak HTTP, in process or to any server."""
