"""What a world's document says beside its rows: version, clock, revoked tokens, and the numbers that go on."""

import re
from collections.abc import Callable
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from fake_server.moment import Instant, Pace, read_instant
from fake_server.seeds.worldfile import Place, Row
from fake_server.store.store import Store

VERSION = 1
HEADS = ("version", "now", "mode", "ahead", "revoked")
MOST_KEY = 10**12
"""A number beyond this comes from no world."""
MOST_AHEAD = 10**12

Refuse = Callable[[Row | Place, str], NoReturn]


class Head:
    """The head of a document; `refuse` is told the place and what is wrong there."""

    def __init__(self, data: Row, zone: ZoneInfo, refuse: Refuse) -> None:
        self.data, self.zone, self.refuse = data, zone, refuse
        self.now: Instant | None = None
        """From which relative times count."""
        self.version()
        self.pace = self.clock()
        self.revoked = self.texts("revoked")

    def wrong(self, name: str, why: str) -> NoReturn:
        self.refuse(self.data.places.get(name, self.data.place), why)

    def version(self) -> None:
        """Absent means this one."""
        version = self.data.get("version", VERSION)
        if not isinstance(version, int) or isinstance(version, bool):
            self.wrong("version", f"version {version!r:.40} is no whole number; this fake reads version {VERSION}")
        if version != VERSION:
            which = "older" if version < VERSION else "newer"
            self.wrong("version", f"version {version} is {which} than what this fake reads: version {VERSION}")

    def clock(self) -> Pace | None:
        """How the clock goes: real, and ahead by so many seconds, or standing at now; None where nothing says so."""
        mode, now, ahead = self.data.get("mode"), self.data.get("now"), self.data.get("ahead")
        at = None if now is None else self.instant(now)
        if mode not in (None, "real", "frozen") or (mode == "frozen" and at is None):
            self.wrong("mode", f"mode is real, or frozen with a now, not {mode!r:.40}")
        if ahead is not None and (mode != "real" or not is_span(ahead)):
            self.wrong("ahead", "ahead says by how many seconds a clock of mode real is ahead")
        if mode == "real":
            return Pace(None, float(ahead or 0))
        return None if at is None else Pace(at)

    def instant(self, text: Any) -> float:
        self.now = read_instant(text, self.zone) if isinstance(text, str) else None
        if self.now is None:
            self.wrong("now", f"now is an ISO date-time such as 2026-01-31T10:00:00Z, not {text!r:.40}")
        fraction = re.search(r"\.\d+", text)
        return round(self.now + float(fraction[0] if fraction else 0), 3)

    def texts(self, name: str) -> tuple[str, ...]:
        found = self.data.get(name) or []
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            self.wrong(name, f"{name} is a list of texts")
        return tuple(found)


def is_span(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < MOST_AHEAD


def go_on(store: Store, data: Row, refuse: Refuse) -> None:
    """The numbers go on where those of another world stopped."""
    found = data.get("numbers") or {}
    try:
        for kind, number in found.get("last", {}).items():
            table = store.tables[kind]
            table.last = max(table.last, whole(number))
        for what, of, number in found.get("counters", []):
            store.counters[str(what), whole(of)] = whole(number)
        if set(found) - {"last", "counters"}:
            raise ValueError(found)
    except (AttributeError, KeyError, TypeError, ValueError):
        refuse(
            data.places.get("numbers", data.place),
            "numbers are {last: {kind: number}, counters: [[what, of, number], ...]}",
        )


def whole(number: Any) -> int:
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= MOST_KEY:
        raise ValueError(number)
    return number
