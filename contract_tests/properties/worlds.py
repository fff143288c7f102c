"""Random worlds: rows that are drawn and name each other, written as the document that a server loads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from contract_tests.properties.records import Json

Rows = list[Json]
Ids = Mapping[str, Sequence[str]]
"""By kind of record, in the order of their numbers: which ids there are is the server's own affair."""

# --- what occurs in them ---------------------------------------------------------------------------------

FAMILIES = {
    "case and accents": ("Same", "same", "S\u00e1me", "Sa\u0301me", "SAMEN", ""),
    "letters": ("Stra\u00dfe", "STRASSE", "\u1e9e", "\u0130stanbul", "istanbul", "\u0131", "\u017f", "\ufb01"),
    "words": ("null", "today", "me.id", "true", "[]", "a or b", "in [1]", 'say "it\'s"'),
    "patterns": ("100%", "100", "a_b", "axb", "a\\b", "\\", "%", "_"),
    "blanks and controls": ("", " ", " padded ", "padded", "a\nb", "\u00a0x", "a", "a\x00", "a\x00b", "a\x01"),
    "scripts": ("\u05e9\u05dc\u05d5", "\u0645\u0631\u062d", "\ufdfa", "\u6f22", "\u304c", "\u304b", "\u2163", "iv"),
    "invisible": ("\U0001f469\u200d\U0001f467", "\u200b", "a\u200bb", "ab", "\u0301", "\ue000", "\U0010ffff"),
    "long": ("x" * 255, "X" * 255, "x" * 254, "x" * 254 + "y"),
}
"""Texts that are equal under the collation, or nearly so, or mean something elsewhere; a world has one family."""
SHORTCODES = ("WEB", "web", "W\u00e9B", "\u00df", "ss", "A-1", "a_1", "\U0001f642")
URLS = ("http://a.test/", "http://A.test/", "http://b.test:81/%C3%A9?x=1", "https://[::1]/h")
# Leap days, and days on which clocks change in Vienna, in New York, and in Santiago, where it is at midnight.
DAYS = (
    *("2024-02-28", "2024-02-29", "2026-02-28", "2026-03-01", "2026-03-08", "2026-03-09", "2026-03-29", "2026-03-30"),
    *("2026-04-04", "2026-04-05", "2026-09-06", "2026-10-25", "2026-11-01", "2026-12-31", "2027-01-01", "1970-01-01"),
)
INSTANTS = (
    *("2024-02-29T23:59:59Z", "2026-02-28T23:00:00Z", "2026-03-08T06:59:59Z", "2026-03-08T07:00:00Z"),
    *("2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", "2026-04-05T02:59:59Z", "2026-04-05T03:00:00Z"),
    *("2026-09-06T03:59:59Z", "2026-09-06T04:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"),
    *("2026-11-01T05:30:00Z", "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z", "1969-12-31T23:59:59Z"),
)
FARTHEST_DAYS, FARTHEST_INSTANTS = ("1000-01-02", "9999-12-29"), ("1000-01-02T00:00:00Z", "9999-12-29T23:59:59Z")
NUMBERS = (0, -1, 2.5, 1e300, 2**53)
ZONES = ("UTC", "Europe/Vienna", "America/Santiago")
EMAILS = ("a@x.test", "A@x.test", "\u00e4@x.test", "a_@x.test", "b@x.test", "%@x.test")
USER_TYPES = ("user", "guest", "tax_advisor", "integration")
WHO = ("guest", "user", "integration")
"""The first three of everybody: whose the tokens are, and as whom any other token acts."""


class Member(int):
    """Stands for a text of the world's family; the number counts round."""


# --- rows ------------------------------------------------------------------------------------------------

MEMBER = st.integers(0, 19).map(Member)
TEXT = MEMBER | MEMBER | MEMBER | st.text(st.characters(codec="utf-8"), max_size=6)
DAY = st.sampled_from((*DAYS, *DAYS, *FARTHEST_DAYS))
INSTANT = st.sampled_from((*INSTANTS, *INSTANTS, *FARTHEST_INSTANTS))
ONE = st.integers(0, 9)
"""Which of another section's rows; the number counts round."""
SOME = st.none() | ONE
MAYBE = st.none() | TEXT
FLAG = st.booleans()


def row(**fields: SearchStrategy[Any]) -> SearchStrategy[Json]:
    return st.fixed_dictionaries(fields)


TIMES = {"created_at": INSTANT, "updated_at": INSTANT}
USER = row(first_name=TEXT, last_name=TEXT, type=st.sampled_from(USER_TYPES), space=ONE)
CLIENT = row(
    name=TEXT, shortcode=MAYBE, segment=st.sampled_from("ABC"), primary_contact=SOME, origin_space=SOME,
    archived_at=st.none() | st.none() | INSTANT, external_id=MAYBE, **TIMES,
)  # fmt: skip
PROJECT = row(
    client=ONE, title=TEXT, shortcode=st.sampled_from(SHORTCODES), status=st.sampled_from(("running", "closed")),
    is_acquisition=FLAG, project_type=SOME, created_by=SOME, start_date=st.none() | DAY, external_id=MAYBE,
    computed_fields=st.dictionaries(st.sampled_from(("budget", "planned_hours")), st.sampled_from(NUMBERS)), **TIMES,
)  # fmt: skip
TITLED = row(title=TEXT)
PHASE = row(
    project=ONE, title=TEXT, po_number=MAYBE, group=SOME, type=SOME, start_date=st.none() | DAY,
    end_date=st.none() | DAY, created_at=INSTANT,
)  # fmt: skip
MILESTONE = row(project=ONE, title=TEXT, po_number=MAYBE, date=DAY, created_at=INSTANT)
EPIC = row(project=ONE, title=TEXT)
TASK = row(
    project=ONE, title=TEXT, status=st.sampled_from(("Backlog", "New", "WIP", "Completed", "Approved", "Closed")),
    is_public=FLAG, due_date=st.none() | DAY, assignee=SOME, phase=SOME, milestone=SOME, epic=SOME,
    parent_task=SOME, **TIMES,
)  # fmt: skip
WEBHOOK = row(url=st.sampled_from(URLS), is_active=FLAG, user=st.sampled_from((2, 2, 1, 0, None)), **TIMES)
DRAWN = {
    "spaces": st.lists(row(name=TEXT), min_size=1, max_size=2),
    "users": st.lists(USER, min_size=len(WHO), max_size=6),
    "clients": st.lists(CLIENT, min_size=2, max_size=6),
    "project_types": st.lists(TITLED, max_size=2),
    "projects": st.lists(PROJECT, min_size=2, max_size=5, unique_by=lambda one: one["shortcode"]),
    "phase_groups": st.lists(TITLED, max_size=2),
    "phase_types": st.lists(TITLED, max_size=2),
    "milestones": st.lists(MILESTONE, max_size=3),
    "phases": st.lists(PHASE, min_size=3, max_size=8),
    "epics": st.lists(EPIC, max_size=3),
    "tasks": st.lists(TASK, min_size=4, max_size=12),
    "webhooks": st.lists(WEBHOOK, min_size=4, max_size=10),
    "family": st.sampled_from(sorted(FAMILIES)),
    "backwards": FLAG,
    "now": st.sampled_from(INSTANTS),
}
MOST = 12
"""Rows that a section may have."""

# --- a world ---------------------------------------------------------------------------------------------

SECTIONS: dict[str, dict[str, str]] = {
    "spaces": {},
    "users": {"space": "spaces"},
    "clients": {"primary_contact": "users", "origin_space": "spaces"},
    "project_types": {},
    "projects": {"client": "clients", "project_type": "project_types", "created_by": "users"},
    "phase_groups": {},
    "phase_types": {},
    "milestones": {"project": "projects"},
    "phases": {"project": "projects", "group": "phase_groups", "type": "phase_types"},
    "epics": {"project": "projects"},
    "tasks": {
        "project": "projects", "assignee": "users", "phase": "phases", "milestone": "milestones", "epic": "epics",
        "parent_task": "tasks",
    },
    "webhooks": {"user": "users"},
}  # fmt: skip
"""Whom the rows of each section name; sections stand behind those that they name."""
OF_ITS_PROJECT = ("phase", "milestone", "epic", "parent_task")
"""What a task takes from its own project only."""
COLOR = {"color": "#000000"}
IMPLIED: dict[str, Callable[[int, Json], Json]] = {
    "users": lambda n, one: {"email": EMAILS[n], "type": (*WHO, *[one["type"]] * MOST)[n]},
    "clients": lambda n, one: {"external_origin": None if one["external_id"] is None else f"origin-{n}"},
    "projects": lambda n, one: {"external_origin": None if one["external_id"] is None else f"origin-{n}"},
    "project_types": lambda *_: {"shortcode": "TYP", **COLOR},
    "phase_types": lambda *_: COLOR,
    "webhooks": lambda *_: {"events": ["task:*"]},
}
"""What a row must have besides, by its number."""


KINDS = {section: section.removesuffix("s") for section in SECTIONS}


class World:
    """Rows by section in the order of their ids; a reference is the other row itself."""

    def __init__(self, drawn: Json, ids: Ids) -> None:
        self.now, self.backwards, self.family = drawn["now"], drawn["backwards"], drawn["family"]
        self.sections: dict[str, Rows] = {section: [] for section in SECTIONS}
        for section in SECTIONS:
            for n, one in enumerate(drawn[section]):
                more = IMPLIED[section](n, one) if section in IMPLIED else {}
                self.sections[section].append({"id": ids[KINDS[section]][n], **self.linked(section, one), **more})
        self.number_tasks()

    def linked(self, section: str, drawn: Json) -> Json:
        family = FAMILIES[self.family]
        found = {
            name: family[value % len(family)] if isinstance(value, Member) else value for name, value in drawn.items()
        }
        for field, target in SECTIONS[section].items():
            rows = self.sections[target]
            if section == "tasks" and field in OF_ITS_PROJECT:
                rows = [one for one in rows if one["project"] is found["project"]]
            found[field] = rows[drawn[field] % len(rows)] if rows and drawn[field] is not None else None
        return found

    def number_tasks(self) -> None:
        numbers: Counter[str] = Counter()
        for task in self.sections["tasks"]:
            shortcode = task["project"]["shortcode"]
            numbers[shortcode] += 1
            task["uri"] = f"{shortcode}-{numbers[shortcode]}"

    def user(self, who: str) -> Json:
        return self.sections["users"][WHO.index(who)]

    def document(self) -> Json:
        """The world as a server loads it; rows may stand in another order than that of their ids."""
        found: Json = {"version": 1, "now": self.now, "mode": "frozen"}
        for section, rows in self.sections.items():
            told = [{name: id_of(value) for name, value in one.items()} for one in rows]
            found[section] = told[::-1] if self.backwards else told
        found["integrations"] = [{"slug": "fake-integration", "user": self.user("integration")["id"]}]
        found["tokens"] = [{"token": f"{who}-token", "user": self.user(who)["id"]} for who in WHO[:2]]
        return found

    def __repr__(self) -> str:
        """As it can be sent, because a failing property prints it."""
        return f"<World {self.document()}>"


def id_of(value: Any) -> Any:
    return value["id"] if isinstance(value, dict) and "id" in value else value


def worlds(ids: Ids) -> SearchStrategy[World]:
    return st.fixed_dictionaries(DRAWN).map(lambda drawn: World(drawn, ids))
