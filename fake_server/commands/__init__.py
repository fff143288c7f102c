"""The commands beside starting a server. Each is imported when it is asked for."""
