"""A handle for a fake in a container, which reaches this machine under another name."""

from typing import TYPE_CHECKING, Any

from fake_server.handle.world import Handle

if TYPE_CHECKING:
    from fake_server.handle.inbox import Inbox


class Reached(Handle):
    """Its inboxes, and those of its branches, listen on every address and are known by that name."""

    def __init__(self, handle: Handle, host: str) -> None:
        super().__init__(handle._control, app=handle._app)
        self._host = host

    def inbox(self, *events: str, **options: Any) -> "Inbox":
        return super().inbox(*events, **{"host": "0.0.0.0", "public_host": self._host, **options})

    def _beside(self, name: str, token: str) -> Handle:
        return Reached(super()._beside(name, token), self._host)
