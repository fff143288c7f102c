"""What the service does, asked in a world whose every record is known."""
