"""Request bodies: fields in printed order, the rules about several of them, and the values read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from fake_server.declare.fields import BodyField
from fake_server.declare.reading import UNSET, Fault, Reading
from fake_server.errors import Invalid, ignored

Rule = Callable[[Reading, dict[str, Any]], None]


@dataclass(frozen=True)
class Body:
    """A JSON body: its fields in printed order, and the section's own rules about several of them."""

    fields: tuple[BodyField, ...]
    rules: tuple[Rule, ...] = ()
    required: bool = True

    def read(self, sent: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
        """The record's fields that were sent, as records hold them; Invalid with every message otherwise."""
        values = self.taken(sent, reading)
        for rule in self.rules:
            rule(reading, values)
        if reading.faults:
            raise refusal(list(reading.faults.values()), list(self.by_name))
        return {self.by_name[name].at: value for name, value in values.items()}

    @cached_property
    def by_name(self) -> dict[str, BodyField]:
        return {field.name: field for field in self.fields}

    @cached_property
    def needed(self) -> frozenset[str]:
        """The fields that a new record needs."""
        return frozenset(field.name for field in self.fields if field.required)

    def taken(self, sent: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
        """What stands in the fields, in their order; faults are the reading's."""
        found: dict[str, Any] = {}
        wanted = sent.keys() | self.needed if reading.record is None else sent.keys()
        for name in [name for name in self.by_name if name in wanted]:
            value = self.by_name[name].take(reading, sent.get(name))
            if value is not UNSET:
                found[name] = value
        return found

    def ignored(self, sent: Mapping[str, Any]) -> str:
        """A sentence about the keys nobody read, or an empty text."""
        if sent.keys() <= self.by_name.keys():
            return ""
        return ignored("body keys", self.unread(sent), self.by_name)

    def unread(self, sent: Mapping[str, Any]) -> list[str]:
        """The keys nobody reads."""
        return [key for key in sent if key not in self.by_name]


class Upload(NamedTuple):
    """A file as it was sent, or the rule that it breaks: `kilobytes` for too large, `file` for none or several."""

    file_name: str
    mime_type: str
    content: bytes
    fault: str = ""


@dataclass(frozen=True)
class FileBody:
    """A multipart body with one file in the part `name`, of at most `max` bytes, kept as a record of `kind`."""

    name: str
    max: int
    kind: str
    says: str = ""
    required: bool = True


def refusal(faults: list[Fault], order: list[str]) -> Invalid:
    """All faults as one refusal, in the order in which the fields are declared."""
    errors: dict[str, list[str]] = {}
    for fault in sorted(faults, key=lambda fault: order.index(fault.field.partition(".")[0])):
        errors.setdefault(fault.field, []).append(fault.text)
    return Invalid(errors, " ".join(dict.fromkeys(fault.hint for fault in faults if fault.hint)) or None)
