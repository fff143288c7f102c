"""HTTP in, HTTP out: from a request to a verb of the engine and back to bytes."""
