"""Random bodies for tasks, mostly good; references are drawn as numbers, because ids are not known before."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from contract_tests.properties.model import STATUSES, Json
from contract_tests.properties.refusals import PLACES, REFERENCES

Ref = tuple[str, int, bool]
"""(kind, number, own): the number-th record of that kind, of the task's project if own."""

OTHER_SLUG = "crm"
NO_ID = "nowhere0"


def often(good: SearchStrategy[Any], bad: SearchStrategy[Any]) -> SearchStrategy[Any]:
    return st.integers(0, 29).flatmap(lambda n: bad if n == 29 else good)


def mostly(good: SearchStrategy[Any], *bad: Any) -> SearchStrategy[Any]:
    return often(good, st.sampled_from(bad))


def refs(kind: str) -> SearchStrategy[Any]:
    own = st.integers(0, 19).map(lambda n: n != 19)
    known = st.tuples(st.just(kind), st.integers(0, 9), own)
    return mostly(known | known | st.none(), NO_ID, 5, [], "", ("user", 0, True), ("task", 0, True))


TEXTS = st.sampled_from(("A", "Plan", " trimmed ", "Zo\u00eb's <b>\U0001f642</b>", "0", "null"))
HOURS = st.none() | st.integers(0, 99) | st.sampled_from((0.25, 7.5, 8.0))
DAYS = st.sampled_from((None, "", "2026-03-20", "2026-03-29T01:30:00Z", "2026-03-29T23:30:00+02:00"))
DAYS |= st.sampled_from(("2026-10-25T00:30:00.250-07:00", "2026-11-01T23:59:59"))
NAMES = st.sampled_from((None, "", "A-1", "A-2", " A-2 ", "x" * 255))
FIELDS: dict[str, SearchStrategy[Any]] = {
    "title": mostly(TEXTS | st.just("\u00e9" * 255), None, "", "  ", 5, "x" * 256),
    "description": mostly(TEXTS, None, "", "x" * 65536, ["x"]),
    "estimated_hours": mostly(HOURS, "8h", True, [], {}),
    "due_date": mostly(DAYS, "tomorrow", "today", "2026-02-30", "29.03.2026", 5, True),
    "is_public": mostly(st.booleans(), None, "yes", 2, []),
    "watchers": mostly(st.lists(refs("user"), max_size=4), None, "x", {"a": 1}),
    "add_watchers": mostly(st.lists(refs("user"), max_size=2), None, "x"),
    "status": mostly(st.sampled_from(STATUSES), None, "new", "Done", 3, ""),
    "project_id": mostly(st.tuples(st.just("project"), st.integers(0, 2), st.just(True)), None, "", NO_ID, 5),
    "external_id": mostly(NAMES, "x" * 256, 5),
    "external_origin": mostly(st.sampled_from((OTHER_SLUG, "jira", " jira ")), None, "", 5, "x" * 256),
    **{name: refs(kind) for name, kind in REFERENCES.items()},
    **{name: refs("task") for name in PLACES},
}
# No operation reads these.
IGNORED: dict[str, SearchStrategy[Any]] = {
    "uri": st.just("X-1"),
    "id": st.just("x"),
    "list_sorting": st.just(99),
    "is_onhold": st.just(True),
}
COMMON = ("description", "estimated_hours", "due_date", "is_public", "watchers", "status", *REFERENCES)


def some(*names: str) -> dict[str, SearchStrategy[Any]]:
    return {name: FIELDS[name] for name in names}


def new(optional: dict[str, SearchStrategy[Any]]) -> SearchStrategy[Json]:
    """Bodies with the required fields, mostly, and any of the optional ones."""
    whole = st.fixed_dictionaries(some("title", "project_id"), optional=optional)
    return often(whole, st.fixed_dictionaries({}, optional=optional))


IDENTIFIER = some("external_id", "external_origin")
CREATING = new({**some(*COMMON), **IDENTIFIER, **IGNORED}) | new(some("status", *PLACES))
PATCHING = st.fixed_dictionaries({}, optional={**some("title", "add_watchers", *COMMON), **IDENTIFIER, **IGNORED})
PATCHING |= st.fixed_dictionaries(some("status"))
IDENTIFYING: SearchStrategy[Json] = st.fixed_dictionaries({}, optional=IDENTIFIER)
