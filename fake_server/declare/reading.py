"""One body being read, and the service's own texts for what may not stand in it."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from fake_server.moment import Moment
from fake_server.store.kind import Record
from fake_server.store.store import Store

TEXTS = {
    "required": "The {} field is required.",
    "string": "The {} field must be a string.",
    "number": "The {} field must be a number.",
    "boolean": "The {} field must be true or false.",
    "url": "The {} field must be a valid URL.",
    "array": "The {} field must be an array.",
    "date": "The {} field must be a valid date.",
    "exists": "The selected {} is invalid.",
    "items": "The {} field must not have more than {} items.",
    "max": "The {} field must not be greater than {} characters.",
    "taken": "The {} has already been taken.",
    "prohibited": "The {} field is prohibited.",
    "file": "The {} field must be a file.",
    "kilobytes": "The {} field must not be greater than {} kilobytes.",
}
"""The backend's own validation texts."""

UNSET: Any = object()


def say(rule: str, name: str, *more: Any) -> str:
    """The service's text for a broken rule; members of lists keep their raw key."""
    return TEXTS[rule].format(name if "." in name else name.replace("_", " "), *more)


class Fault(NamedTuple):
    """One broken rule: field, text, and perhaps a sentence that helps."""

    field: str
    text: str
    hint: str = ""


@dataclass(slots=True)
class Reading:
    """One body being read: for whom, on which record (None: a new one), with what faults so far."""

    store: Store
    moment: Moment
    kind: str
    record: Record | None
    faults: dict[tuple[str, str], Fault] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    """Sentences about what is good, but probably not meant."""

    def fault(self, name: str, rule: str, *more: Any, hint: str = "") -> Any:
        """Notes a broken rule, once."""
        fault = Fault(name, say(rule, name, *more), hint)
        self.faults.setdefault(fault[:2], fault)
        return UNSET

    def faulty(self, name: str) -> bool:
        return any(field == name for field, _ in self.faults)

    def visible(self, kind: str, key: int | None) -> Record | None:
        """The record of that key, unless it is kept from the caller."""
        record, seen = self.store.get(kind, key), self.store.seen(kind, self.moment.caller)
        return record if record is None or seen is None or seen(record) else None

    def reference(self, name: str, text: str, kind: str) -> Any:
        """The key behind an id of `kind`; a fault where there is no such record."""
        record = self.visible(kind, self.store.ids.key(kind, text))
        if record is not None:
            return record.key
        other = self.store.ids.kind(text)
        hint = f"{text[:60]} is the id of a {other}, not of a {kind}." if other and other != kind else ""
        return self.fault(name, "exists", hint=hint or f"There is no {kind} with the id {text[:60]}.")
