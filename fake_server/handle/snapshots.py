"""Snapshots: the state of the world at a moment, to which it can go back."""

from typing import Any, NamedTuple

from fake_server.handle.asker import Asker, segment


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
        return self.snapshots.asker.ask("GET", "/diff", query={"since": self.name})


class Snapshots:
    """Those of the world, by name. A reset leaves them alone."""

    def __init__(self, asker: Asker) -> None:
        self.asker = asker

    def save(self, name: str) -> Snapshot:
        return self.read(self.asker.ask("POST", f"/snapshots/{segment(name)}"))

    def load(self, name: str) -> Snapshot:
        """The world is again as it was then."""
        return self.read(self.asker.ask("POST", f"/snapshots/{segment(name)}/restore"))

    def list(self) -> "Taken":
        return [self.read(row) for row in self.asker.ask("GET", "/snapshots")["data"]]

    def rm(self, name: str) -> Snapshot:
        return self.read(self.asker.ask("DELETE", f"/snapshots/{segment(name)}"))

    def read(self, row: Any) -> Snapshot:
        return Snapshot(row["name"], row["at"], row["tasks"], self)

    def free_name(self) -> str:
        """snapshot-1, or the first number that is free."""
        taken, number = {one.name for one in self.list()}, 1
        while f"snapshot-{number}" in taken:
            number += 1
        return f"snapshot-{number}"


Taken = list[Snapshot]
