"""Tokens of the world, for callers with less than every right."""

from typing import Any

from fake_server.handle.asker import Asker, segment


class Tokens:
    """Registered until the next reset."""

    def __init__(self, asker: Asker) -> None:
        self.asker = asker

    def new(self, **fields: Any) -> str:
        """A new token, as in `new(scopes=["task-management:read"])`; also user, integration, expires_in, token."""
        return str(self.asker.ask("POST", "/tokens", fields)["token"])

    def rm(self, token: str) -> None:
        """Revokes it."""
        self.asker.ask("DELETE", f"/tokens/{segment(token)}")
