"""The world's clock, and the moment of one request: now, where, and for whom."""

import math
import re
import time
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple, NewType
from zoneinfo import ZoneInfo

Instant = NewType("Instant", int)
"""Whole seconds since 1970-01-01 UTC: what the service prints and compares."""

EARLIEST, LATEST = date(1000, 1, 1), date(9999, 12, 30)
"""The range a date column of the service's database holds; one day short, so that every zone can show it."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
START = EPOCH.replace(tzinfo=None)
FIRST, LAST = ((datetime(*day) - START) // timedelta(milliseconds=1) for day in ((1, 1, 1), (9999, 12, 31)))
DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
DATE_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?", re.ASCII | re.IGNORECASE
)


class Pace(NamedTuple):
    """How a clock goes: where it stands, else how far ahead of real time it is. In seconds."""

    frozen_at: float | None = None
    ahead: float = 0.0


class Clock:
    """A world's time: frozen, or real with what was added to it. Seconds since 1970, with fractions."""

    def __init__(self, frozen_at: float | None = None, ahead: float = 0.0) -> None:
        self.start = Pace(frozen_at, ahead)
        self.restart()

    def restart(self) -> None:
        """As it was when the world was made."""
        self.pace = self.start

    @property
    def pace(self) -> Pace:
        return Pace(self.frozen_at, self.ahead)

    @pace.setter
    def pace(self, pace: Pace) -> None:
        self.frozen_at, self.ahead = pace

    def time(self) -> float:
        return time.time() + self.ahead if self.frozen_at is None else self.frozen_at

    def now(self) -> Instant:
        return Instant(math.floor(self.time()))

    @property
    def mode(self) -> Literal["real", "frozen"]:
        return "real" if self.frozen_at is None else "frozen"

    def freeze(self, at: float | None = None) -> None:
        """Stands still, at an instant or where it is."""
        self.frozen_at = exact(self.time() if at is None else at)

    def resume(self) -> None:
        """Runs on from where it stands."""
        if self.frozen_at is not None:
            self.ahead, self.frozen_at = self.frozen_at - time.time(), None

    def move(self, to: float) -> None:
        """Forward to an instant; a clock that is there already stays as it is."""
        if self.frozen_at is None:
            self.ahead += max(to - self.time(), 0.0)
        else:
            self.frozen_at = max(exact(to), self.frozen_at)


def exact(at: float) -> float:
    """To the thousandth, so that a tenth of a second is as far away as two twentieths."""
    return round(at, 3)


class Caller(NamedTuple):
    """Who asks: the user's key, whether they see only what is public, their integration's slug and scopes."""

    user: int
    restricted: bool
    slug: str
    scopes: frozenset[str] | None
    """None: every scope."""
    kind: str = ""
    """The kind of record that `user` is a key of."""


class Moment(NamedTuple):
    """Now, in the space's time zone, for one caller."""

    now: Instant
    zone: ZoneInfo
    caller: Caller

    def today(self) -> date:
        return day_of(self.now, self.zone)


@lru_cache(maxsize=8192)
def midnight(day: date, zone: ZoneInfo) -> Instant:
    """The instant at which `day` begins in `zone`."""
    return instant_of(datetime(day.year, day.month, day.day, tzinfo=zone))


def instant_of(moment: datetime) -> Instant:
    """An aware date-time as an instant; fractions of a second are cut off."""
    return Instant((moment - EPOCH) // timedelta(seconds=1))


BEGINNING, END = (instant_of(datetime(*day, tzinfo=UTC)) for day in ((1000, 1, 1), (9999, 12, 31)))


def day_of(instant: Instant, zone: ZoneInfo) -> date:
    return (EPOCH + timedelta(seconds=instant)).astimezone(zone).date()


def in_calendar(at: float, margin: int = 0) -> bool:
    """Whether a time can be printed, and read again; `margin`: also so many seconds before and after."""
    return BEGINNING + margin <= at < END - margin


@lru_cache(maxsize=4096)
def stamp(instant: Instant) -> str:
    """An instant as the service prints it: 2024-01-02T03:04:05Z."""
    return f"{(START + timedelta(seconds=instant)).isoformat()}Z"


def stamp_exactly(at: float) -> str:
    """An instant with its thousandths, as the tester's routes print it: 2024-01-02T03:04:05.100Z."""
    whole = timedelta(milliseconds=max(min(round(at * 1000), LAST), FIRST))
    return f"{(START + whole).isoformat(timespec='milliseconds')}Z"


def read_date(text: str) -> date | None:
    """A plain ISO date within the service's range, else None."""
    if not DATE.fullmatch(text):
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if EARLIEST <= day <= LATEST else None


def read_instant(text: str, zone: ZoneInfo) -> Instant | None:
    """An ISO date-time (without an offset: in `zone`), else None."""
    if not DATE_TIME.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError:
        return None
    if not EARLIEST <= moment.date() <= LATEST:
        return None
    return instant_of(moment if moment.tzinfo else moment.replace(tzinfo=zone))
