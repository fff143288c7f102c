"""Tools of others, let loose on the description and on what it describes."""
