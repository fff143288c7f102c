"""The state of the world as a whole: reset, kept, branched, compared, written to a file."""

import threading
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import orjson

from fake_server.handle.connection import ControlError, written
from fake_server.handle.control import Control
from fake_server.handle.documents import content_type, form_of, placed
from fake_server.handle.snapshots import Snapshot, Snapshots
from fake_server.handle.writing import replace

if TYPE_CHECKING:
    from fake_server.handle.inbox import Inbox

naming = threading.Lock()
"""Held while a snapshot gets its number."""


class State:
    """The verbs of a handle that are about everything that its world remembers."""

    _control: Control
    _inboxes: "list[Inbox]"

    @cached_property
    def snapshots(self) -> Snapshots:
        return Snapshots(self._control, self._renew)

    def reset(self, to: Literal["seed", "empty"] = "seed") -> None:
        """Back to the seed; data, clock, tokens, webhooks, faults, requests. Snapshots stay, and so do inboxes."""
        self._control.ask("POST", "/reset", query={"to": to})
        self._renew()

    def _renew(self) -> None:
        """What the world has become may know nothing of the inboxes that are open."""
        for inbox in list(self._inboxes):
            inbox._renew()

    def snapshot(self, name: str | None = None) -> Snapshot:
        """What there is now, to be restored later; without a name it is called snapshot-1 and so on."""
        if name is not None:
            return self.snapshots.save(name)
        with naming:
            return self.snapshots.save(self.snapshots._free_name())

    def diff(self, since: str | Snapshot | None = None) -> Any:
        """What was created, changed and removed since the seed, or since a snapshot."""
        return self._control.ask(
            "GET", "/diff", query={"since": since.name if isinstance(since, Snapshot) else since}
        )

    def export(self, file: str | Path | None = None) -> Any:
        """The state as a document; into a file, too, as YAML where its name says so."""
        document = self._control.ask("GET", "/state")
        if file is not None:
            replace(Path(file).resolve(), self._control.raw("GET", "/state", query={"format": form_of(file)}))
        return document

    def load(self, document: Any) -> Any:
        """Replaces the state by a document, or by that of a file. Inboxes stay."""
        if isinstance(document, str | Path):
            answer = self._load_file(Path(document))
        else:
            answer = self._control.raw("PUT", "/state", written(document))
        self._renew()
        return orjson.loads(answer)

    def _load_file(self, file: Path) -> bytes:
        content, kind = file.read_bytes(), content_type(form_of(file))
        try:
            return self._control.raw("PUT", "/state", content, content_type=kind)
        except ControlError as error:
            raise ControlError(error.status, error.title, placed(error.detail, file)) from None
