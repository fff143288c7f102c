"""Requests that went to the default world of a server, because it did not know their token."""

from fake_server.handle.assertions import often
from fake_server.handle.connection import ControlError, NotRunning
from fake_server.handle.world import Handle


class Strays:
    """Those of a running server since now; other tests that use it meanwhile may have made them."""

    def __init__(self, server: Handle) -> None:
        self.server = server
        self.before = self.count()

    def count(self) -> int:
        """All that the default world was ever asked, as far as nobody cleared its journal."""
        found = self.server._control.ask("GET", "/requests/count")
        return int(found["count"] + found["forgotten"])

    def told(self) -> str:
        """In a sentence; empty where there were none, or nobody is there any more to ask."""
        try:
            more = self.count() - self.before
        except (ControlError, NotRunning):
            return ""
        went = f"{often(more, 'request')} with other tokens went to the world {self.server.name}."
        return went if more > 0 else ""
