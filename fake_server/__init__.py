"""A fake Kanbert API server."""
