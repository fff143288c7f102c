"""Snapshots: the state of the world at a moment, to which it can go back."""

from collections.abc import Callable
from typing import Any, NamedTuple

from fake_server.handle.control import Control, segment


class Snapshot(NamedTuple):
    """One that was taken."""

    name: str
    at: str
    tasks: int
    snapshots: "Snapshots"

    def restore(self) -> None:
        """The world is again as it was."""
        self.snapshots.load(self.name)

    def remove(self) -> None:
        self.snapshots.rm(self.name)

    def diff(self) -> Any:
        """What was created, changed and removed since."""
        return self.snapshots._control.ask("GET", "/diff", query={"since": self.name})


class Snapshots:
    """Those of the world, by name. A reset leaves them alone."""

    def __init__(self, control: Control, restored: Callable[[], None]) -> None:
        """`restored` is called when the world is another one."""
        self._control, self._restored = control, restored

    def save(self, name: str) -> Snapshot:
        """Keeps what there is now under a name, in place of what had it."""
        return self._read(self._control.ask("POST", f"/snapshots/{segment(name)}"))

    def load(self, name: str) -> Snapshot:
        """The world is again as it was then."""
        row = self._control.ask("POST", f"/snapshots/{segment(name)}/restore")
        self._restored()
        return self._read(row)

    def list(self) -> "Taken":
        """All of them."""
        return [self._read(row) for row in self._control.ask("GET", "/snapshots")["data"]]

    def clear(self) -> "Taken":
        """Removes all of them."""
        return [self._read(row) for row in self._control.ask("DELETE", "/snapshots")["data"]]

    def rm(self, name: str) -> Snapshot:
        """Removes one."""
        return self._read(self._control.ask("DELETE", f"/snapshots/{segment(name)}"))

    def _read(self, row: Any) -> Snapshot:
        return Snapshot(row["name"], row["at"], row["tasks"], self)

    def _free_name(self) -> str:
        """snapshot-1, or the first number that is free."""
        taken, number = {one.name for one in self.list()}, 1
        while f"snapshot-{number}" in taken:
            number += 1
        return f"snapshot-{number}"


Taken = list[Snapshot]
