"""What one world remembers: tables of records, their indexes, uploaded bytes."""
