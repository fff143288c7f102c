"""Faults: requests of the service that fail on purpose."""

from typing import Any

from fake_server.handle.asker import Asker, Rows, segment


class Faults:
    """Those of the world. A fault is what the fake prints of it; `hits` says how often it struck."""

    def __init__(self, asker: Asker) -> None:
        self.asker = asker

    def add(self, operation: str | None = None, **fields: Any) -> Any:
        """A new fault, as in `add("tasks.store", status=503, times=2)`."""
        given = {"operation": operation, **fields}
        return self.asker.ask("POST", "/faults", {name: value for name, value in given.items() if value is not None})

    def list(self) -> Rows:
        return list(self.asker.ask("GET", "/faults")["data"])

    def clear(self) -> None:
        """Ends all of them."""
        self.asker.ask("DELETE", "/faults")

    def rm(self, id: str) -> Any:
        """Ends one."""
        return self.asker.ask("DELETE", f"/faults/{segment(id)}")
