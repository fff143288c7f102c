"""The state of the world as a whole: reset, kept, branched, compared, written to a file."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import orjson

from fake_server.handle.asker import Asker
from fake_server.handle.connection import ControlError, written
from fake_server.handle.snapshots import Snapshot, Snapshots
from fake_server.handle.worlds import Worlds
from fake_server.handle.writing import replace

if TYPE_CHECKING:
    from fake_server.handle.world import Handle

YAML = (".yaml", ".yml")
naming = threading.Lock()
"""Held while a snapshot gets its number."""


class State:
    """The verbs of a handle that are about everything that its world remembers."""

    asker: Asker
    snapshots: Snapshots
    worlds: Worlds

    def reset(self, to: Literal["seed", "empty"] = "seed") -> None:
        """Back to the seed; data, clock, tokens, webhooks, faults, requests. Snapshots stay."""
        self.asker.ask("POST", "/reset", query={"to": to})

    def snapshot(self, name: str | None = None) -> Snapshot:
        """What there is now, to be restored later; without a name it is called snapshot-1, snapshot-2, ..."""
        if name is not None:
            return self.snapshots.save(name)
        with naming:
            return self.snapshots.save(self.snapshots.free_name())

    @contextmanager
    def branch(self) -> Iterator["Handle"]:
        """A new world that begins as this one is now, and ends with the block. What happens there stays there."""
        made = self.worlds.new(**{"from": self.asker.name})
        try:
            yield made
        finally:
            made.close()
            with suppress(ControlError):
                self.worlds.rm(made.name)

    def diff(self, since: str | Snapshot | None = None) -> Any:
        """What was created, changed and removed since the seed, or since a snapshot."""
        return self.asker.ask("GET", "/diff", query={"since": since.name if isinstance(since, Snapshot) else since})

    def export(self, file: str | Path | None = None) -> Any:
        """The state as a document; into a file, too, as YAML where its name says so."""
        document = self.asker.ask("GET", "/state")
        if file is not None:
            form = "yaml" if Path(file).suffix in YAML else None
            replace(Path(file).resolve(), self.asker.raw("GET", "/state", query={"format": form}))
        return document

    def load(self, document: Any) -> Any:
        """Replaces the state by a document, or by that of a file."""
        if isinstance(document, str | Path):
            form = "application/yaml" if Path(document).suffix in YAML else "application/json"
            return orjson.loads(self.asker.raw("PUT", "/state", Path(document).read_bytes(), content_type=form))
        return orjson.loads(self.asker.raw("PUT", "/state", written(document)))
