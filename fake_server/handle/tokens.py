"""Tokens of the world, for callers with less than every right."""

from typing import Any

from fake_server.handle.control import Control, segment


class Tokens:
    """Registered until the next reset."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def new(self, **fields: Any) -> str:
        """A new token, as in `new(scopes=["task-management:read"])`; also user, integration, expires_in, token."""
        return str(self._control.ask("POST", "/tokens", fields)["token"])

    def rm(self, token: str) -> None:
        """Revokes it."""
        self._control.ask("DELETE", f"/tokens/{segment(token)}")
