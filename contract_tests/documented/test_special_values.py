"""Words of filters that stand for something else: the current user, the day, the week, the month."""

from collections.abc import Iterator
from datetime import date, timedelta
from email.utils import parsedate_to_datetime

import pytest

from contract_tests.documented.columns import kind_of, value
from contract_tests.documented.differs import Difference, Differs, agree, difference, untried
from contract_tests.documented.judging import ids, like, selected
from contract_tests.documented.known import Known, Listed
from contract_tests.documented.proving import about
from contract_tests.documented.reference import LISTS, OPERATIONS, Json, filters_of
from contract_tests.documented.service import Service, placed
from contract_tests.documented.spelling import Word, as_json, as_text, text

USERS = ("assignee.id", "primary_contact.id", "client.primary_contact_id", "created_by")
"""Fields of type id that hold a user's."""
DAY = timedelta(days=1)
EARLIEST, LATEST = date(2, 1, 1), date(9999, 12, 30)
"""Bounds that are none."""


def of_fields(kinds: tuple[str, ...], *sentences: str, only: tuple[str, ...] = ()) -> pytest.MarkDecorator:
    rows = [(name, row) for name in LISTS for row in filters_of(name).values() if kind_of(row) in kinds]
    kept = [(name, row["field"]) for name, row in rows if not only or row["field"] in only]
    return pytest.mark.parametrize(
        "operation, field", [about((name, field), f"{name}-{field}", sentences, name) for name, field in kept]
    )


def of_times(*sentences: str) -> pytest.MarkDecorator:
    return of_fields(("date", "datetime"), *sentences)


@of_fields(("id",), "filter.me-id", only=USERS)
def test_me_is_the_user_of_the_token(service: Service, known: Known, operation: str, field: str) -> None:
    listed = known.some(operation)
    leaf = {"field": field, "op": "eq", "value": Word("me.id")}
    wanted = ids(service, listed, as_json([{**leaf, "value": known.me}]))
    agree(like(service, listed, as_json([leaf]), wanted, text(leaf)))
    agree(like(service, listed, as_text(leaf), wanted, text(leaf)))


@of_times(
    "filter.special-unquoted", "filter.now", "filter.today", "filter.week", "filter.month", "filter.today-offset"
)
def test_words_for_a_time_stand_without_quotes(service: Service, known: Known, operation: str, field: str) -> None:
    listed = known.some(operation)
    for word in ("now", "today", "sow", "eow", "som", "eom", "today-30d", "today+5d"):
        leaf = {"field": field, "op": "lt", "value": Word(word)}
        agree(like(service, listed, as_text(leaf), ids(service, listed, as_json([leaf])), text(leaf)))


@of_times("filter.today")
def test_today_is_the_whole_day(service: Service, known: Known, operation: str, field: str) -> None:
    days = Days(service, known.some(operation), field)
    agree(days.within("eq", "today", days.today, days.today))


@of_times("filter.today-offset")
def test_an_offset_is_so_many_days_from_today(service: Service, known: Known, operation: str, field: str) -> None:
    days = Days(service, known.some(operation), field)
    there = days.values[0]
    agree(days.within("eq", f"today{(there - days.today).days:+}d", there, there))


@of_times("filter.now")
def test_now_parts_what_was_from_what_will_be(service: Service, known: Known, operation: str, field: str) -> None:
    days = Days(service, known.some(operation), field)
    agree(days.within("lt", "now", EARLIEST, days.today))
    # The midnight that begins today is over, so a date of today is not to come.
    agree(days.within("gt", "now", days.today + DAY, LATEST))


@of_times("filter.week", "F9")
def test_the_week_is_the_one_of_today_and_begins_on_monday(
    service: Service, known: Known, operation: str, field: str
) -> None:
    days = Days(service, known.some(operation), field)
    monday = days.today - days.today.weekday() * DAY
    agree(days.within("gte", "sow", monday, LATEST, sentence="F9"))
    agree(days.within("lte", "eow", EARLIEST, monday + 6 * DAY, sentence="F9"))
    agree(days.within("gte", "sow", days.today - 6 * DAY, LATEST, days.today))
    agree(days.within("lte", "eow", EARLIEST, days.today + 6 * DAY, days.today))


@of_times("filter.month")
def test_the_month_is_the_one_of_today(service: Service, known: Known, operation: str, field: str) -> None:
    days = Days(service, known.some(operation), field)
    first = days.today.replace(day=1)
    agree(days.within("gte", "som", first, LATEST))
    agree(days.within("lte", "eom", EARLIEST, (first + 31 * DAY).replace(day=1) - DAY))


# ---------------------------------------------------------------- days


class Days:
    """The days of one field of a list, and the server's today. Nobody knows the server's zone: its today is the day
    by which it parts dates; times of a day may be a day off."""

    def __init__(self, service: Service, listed: Listed, field: str) -> None:
        self.service, self.listed, self.field = service, listed, field
        self.values = [day_of(one) for one in listed.values(field)]
        if not self.values:
            untried("no record found: none has a value to ask for")
        self.slack = DAY if kind_of(listed.rows[field]) == "datetime" else 0 * DAY
        self.today = self.found_today()

    def found_today(self) -> date:
        """The day that fits to what is before today, of those on which a server may be now."""
        header = self.service.get(placed(OPERATIONS[self.listed.operation]["path"], self.listed.name)).headers["Date"]
        sent = parsedate_to_datetime(header).date()
        if self.slack:
            return sent
        before = {self.day(one) for one in self.found("lt", "today")}
        fits = [day for day in (sent, sent - DAY, sent + DAY) if all(one < day for one in before)]
        if not fits:
            line = difference(f"{self.field} lt today", f"days before {sent}", str(max(before)), "filter.today")
            raise Differs([line])
        return fits[0]

    def found(self, op: str, word: str) -> list[Json]:
        leaf = {"field": self.field, "op": op, "value": word}
        return selected(self.service, self.listed, as_json([leaf]))

    def day(self, record: Json) -> date:
        have = value(record, self.field)
        return day_of(have) if isinstance(have, str) else EARLIEST

    def within(
        self, op: str, word: str, first: date, last: date, certain: date | None = None, sentence: str = ""
    ) -> Iterator[Difference]:
        """What is wrong with the records that a word finds: all lie from the first to the last day, and none of these
        days is missing; beyond the `certain` one some may be."""
        found = self.found(op, word)
        for n, record in enumerate(found):
            if not first - self.slack <= self.day(record) <= last + self.slack:
                got = value(record, self.field)
                yield difference(f"data[{n}].{self.field}", f"{op} {word}, {first} to {last}", got, sentence)
        if self.listed.whole:
            begin = certain if certain and last == LATEST else first
            end = certain if certain and first == EARLIEST else last
            yield from self.lost(found, begin + self.slack, end - self.slack, f"{op} {word}", sentence)

    def lost(self, found: list[Json], begin: date, end: date, where: str, sentence: str) -> Iterator[Difference]:
        there = {one.get("id") for one in found}
        for record in self.listed.records:
            have = value(record, self.field)
            if isinstance(have, str) and record["id"] not in there and begin <= day_of(have) <= end:
                yield difference(
                    f"{record['id']}.{self.field}", f"to be found by {where}", f"{have}, missing", sentence
                )


def day_of(text: str) -> date:
    return date.fromisoformat(text[:10])
