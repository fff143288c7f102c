"""A real integration in small, as a user of the fake would write it, and its tests."""
