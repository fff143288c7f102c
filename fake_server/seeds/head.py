"""What a world's document says beside its rows: version, clock, revoked tokens, and the numbers that go on."""

import re
from collections.abc import Callable
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from fake_server.moment import Clock, Instant, Pace, in_calendar, read_instant
from fake_server.seeds.rows import Place, Row, brief
from fake_server.seeds.times import YEAR
from fake_server.seeds.tokens import refuse_text
from fake_server.seeds.values import Wrong
from fake_server.store.store import Store

VERSION = 1
HEADS = ("version", "now", "mode", "ahead", "revoked")
MOST_KEY = 10**12
"""No world that goes on from its own numbers comes so far."""
HEADROOM = 10**9
"""By how much a world may have gone on from there: what it exports it can import."""

Refuse = Callable[[Row | Place, str], NoReturn]


class Head:
    """The head of a document; `refuse` is told the place and what is wrong there."""

    def __init__(self, data: Row, zone: ZoneInfo, refuse: Refuse) -> None:
        self.data, self.zone, self.refuse = data, zone, refuse
        self.now: Instant | None = None
        """From which relative times count."""
        self.version()
        self.pace = self.clock()
        self.revoked = self.tokens("revoked")

    def wrong(self, name: str, why: str) -> NoReturn:
        self.refuse(self.data.of(name), why)

    def version(self) -> None:
        """Absent means this one."""
        version = self.data.get("version", VERSION)
        if not isinstance(version, int) or isinstance(version, bool):
            self.wrong("version", f"version {brief(version)} is no whole number; this fake reads version {VERSION}")
        if version != VERSION:
            which = "older" if version < VERSION else "newer"
            self.wrong("version", f"version {brief(version)} is {which} than what this fake reads: version {VERSION}")

    def clock(self) -> Pace | None:
        """How the clock goes: real, and ahead by so many seconds, or standing at now; None where nothing says so."""
        mode, now, ahead = self.data.get("mode"), self.data.get("now"), self.data.get("ahead")
        at = None if now is None else self.instant(now)
        if mode not in (None, "real", "frozen") or (mode == "frozen" and at is None):
            self.wrong("mode", f"mode is real, or frozen with a now, not {brief(mode)}")
        if ahead is not None and (mode != "real" or not is_span(ahead)):
            self.wrong("ahead", "ahead says by how many seconds a clock of mode real is ahead")
        if ahead is not None and not in_calendar(Clock(None, ahead).time(), YEAR):
            self.wrong("ahead", f"a clock that is ahead by {brief(ahead)} seconds leaves the calendar")
        if mode == "real":
            return Pace(None, float(ahead or 0))
        return None if at is None else Pace(at)

    def instant(self, text: Any) -> float:
        self.now = read_instant(text, self.zone) if isinstance(text, str) else None
        if self.now is None or not in_calendar(self.now):
            self.wrong("now", f"now is an ISO date-time such as 2026-01-31T10:00:00Z, not {brief(text)}")
        fraction = re.search(r"\.\d+", text)
        return round(self.now + float(fraction[0] if fraction else 0), 3)

    def tokens(self, name: str) -> tuple[str, ...]:
        found = self.data.get(name)
        if found is not None and (not isinstance(found, list) or not all(isinstance(one, str) for one in found)):
            self.wrong(name, f"{name} is a list of texts")
        try:
            for text in found or ():
                refuse_text(text)
        except Wrong as wrong:
            self.wrong(name, str(wrong))
        return tuple(found or ())


def is_span(value: Any) -> bool:
    """Whether it is a number that has a place in a float."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**63


def go_on(store: Store, data: Row, refuse: Refuse) -> None:
    """The numbers go on where those of another world stopped."""
    found = {} if data.get("numbers") is None else data["numbers"]
    try:
        for kind, number in found.get("last", {}).items():
            table = store.tables[kind]
            table.last = max(table.last, whole(number))
        for what, of, number in found.get("counters", []):
            store.counters[name(what), whole(of)] = whole(number)
        if set(found) - {"last", "counters"}:
            raise ValueError(found)
    except (AttributeError, KeyError, TypeError, ValueError):
        refuse(
            data.of("numbers"),
            "numbers are {last: {kind: number}, counters: [[what, of, number], ...]}, with whole numbers up to "
            f"{MOST_KEY}",
        )


def name(what: Any) -> str:
    if not isinstance(what, str):
        raise TypeError(what)
    return what


def whole(number: Any) -> int:
    if not is_number(number):
        raise ValueError(number)
    return int(number)


def is_number(number: Any, least: int = 0) -> bool:
    """Whether a world can have come so far in counting."""
    return isinstance(number, int) and not isinstance(number, bool) and least <= number <= MOST_KEY + HEADROOM
