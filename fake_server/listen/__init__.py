"""`kanbert-fake listen`: a receiver for the desk, which prints what a running fake delivers."""
