"""Times in documents: those that a calendar has, and those that count from now."""

import re
from datetime import date
from typing import Any

from fake_server.moment import EARLIEST, LATEST, Instant, Moment, in_calendar, read_date, read_instant
from fake_server.seeds.rows import word

OFFSET = re.compile(r"([+-]?\d{1,9})([dhm])(?: ([01]\d|2[0-3]):([0-5]\d))?", re.ASCII)
SECONDS = {"d": 86400, "h": 3600, "m": 60}
YEAR = 365 * 86400


def read_time(value: Any, moment: Moment) -> Instant | None:
    """`-2d`, `-2d 09:30`, `-3h` from a moment, or an ISO date-time; None for anything else."""
    text = word(value)
    found = OFFSET.fullmatch(text)
    at = shifted(moment, found) if found else read_instant(text, moment.zone)
    return at if at is not None and in_calendar(at) else None


def shifted(moment: Moment, found: re.Match[str]) -> Instant:
    """So many days, hours or minutes from now; a time of day is UTC."""
    at = moment.now + int(found[1]) * SECONDS[found[2]]
    return Instant(at - at % SECONDS["d"] + int(found[3]) * 3600 + int(found[4]) * 60 if found[3] else at)


def read_day(value: Any, moment: Moment) -> date | None:
    """`+3d` from today, or an ISO date; None for anything else."""
    text = word(value)
    found = OFFSET.fullmatch(text)
    if not found or found[2] != "d" or found[3]:
        return read_date(text)
    number = moment.today().toordinal() + int(found[1])
    return date.fromordinal(number) if EARLIEST.toordinal() <= number <= LATEST.toordinal() else None
