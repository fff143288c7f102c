"""Faults: requests of the service that fail on purpose."""

from typing import Any

from fake_server.handle.control import Control, Rows, segment


class Faults:
    """Those of the world. A fault is what the fake prints of it; `hits` says how often it struck."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def add(self, operation: str | None = None, **fields: Any) -> Any:
        """A new fault, as in `add("tasks.store", status=503, times=2)`."""
        given = {"operation": operation, **fields}
        return self._control.ask(
            "POST", "/faults", {name: value for name, value in given.items() if value is not None}
        )

    def list(self) -> Rows:
        """All of them, with how often they struck (`hits`) of what they fitted (`seen`)."""
        return list(self._control.ask("GET", "/faults")["data"])

    def clear(self) -> None:
        """Ends all of them."""
        self._control.ask("DELETE", "/faults")

    def rm(self, id: str) -> Any:
        """Ends one."""
        return self._control.ask("DELETE", f"/faults/{segment(id)}")
