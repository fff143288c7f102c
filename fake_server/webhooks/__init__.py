"""Webhooks: what changed, told to whoever asked for it: debounced, signed, retried, logged."""
