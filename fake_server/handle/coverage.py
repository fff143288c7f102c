"""Consumer coverage: the answers of several worlds added up, the share that was met, and the table of it. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest
from textwrap import wrap
from typing import Any

Json = Mapping[str, Any]

WIDTH = 100
ANSWERS = 26
"""Characters of the column of statuses."""
NEXT_PAGE = "a page beyond the first"
RETRIED = "a delivery tried again"
UNNEEDED = "unneeded_scope"
RULE = "Counted, if called: success, refusal, failure, next page; for events delivered: one tried again."
FAILURES = ("429", "lost", "cut")
"""Statuses and what stands for them after which a client has reason to try again, besides all of 5xx."""


# adding up
def merged(reports: Iterable[Json]) -> dict[str, Any]:
    """The answers of GET /coverage of many worlds as one: numbers are added, lists are united; in any order, and of
    answers that are merged already. A scope that one world had no need of is none if another needed it."""
    whole: dict[str, Any] = {"worlds": 0, "operations": {}, "events": {}, "scopes": {"held": {}, "needed": []}}
    remarks: dict[tuple[str, str], dict[str, Any]] = {}
    for report in reports:
        whole = added(whole, {name: value for name, value in report.items() if name != "remarks"})
        for row in report["remarks"]:
            key = row["kind"], row["about"]
            known = remarks.get(key)
            remarks[key] = {**(known or row), "count": row["count"] + (known["count"] if known else 0)}
    needed = whole["scopes"]["needed"]
    rows = [row for (kind, about), row in remarks.items() if kind != UNNEEDED or about not in needed]
    return {**whole, "remarks": rows}


def added(one: Any, other: Any) -> Any:
    """Numbers as their sum, objects member by member, lists without what is twice."""
    if isinstance(one, Mapping):
        names = [*one, *(name for name in other if name not in one)]
        return {name: added(one[name], other[name]) if name in one and name in other
                else one.get(name, other.get(name)) for name in names}  # fmt: skip
    if isinstance(one, list):
        return sorted({*one, *other})
    return one + other


# the share
def percent(report: Json) -> float:
    """How much was met of what could happen to the calls that were made, from 0 to 100; 0 where there were none.

    For every operation that was called there can be a success (2xx), a refusal (one of the statuses among 400, 401,
    403, 404 and 422 that the operation has), a failure after which one tries again (429, 5xx, a lost answer or a part
    of one), and for a list a page beyond the first. For every event that was delivered there can be a delivery that
    is tried again. Operations that were never called and events that were never delivered do not count."""
    could = [was for _, was in chances(report)]
    return 100 * sum(could) / len(could) if could else 0.0


def chances(report: Json) -> Iterator[tuple[str, bool]]:
    """Everything that could happen, and whether it did."""
    for row in called(report).values():
        yield from of_operation(row)
    for row in told(report).values():
        yield RETRIED, row["retried"] > 0


def of_operation(row: Json) -> Iterator[tuple[str, bool]]:
    statuses, refusals = row["statuses"], [str(status) for status in row["refusals"]]
    yield "a success", any(status.startswith("2") for status in statuses)
    yield f"a refusal ({', '.join(refusals)})", any(status in refusals for status in statuses)
    yield "a failure (429, 5xx, lost)", any(status in FAILURES or status.startswith("5") for status in statuses)
    if "pages" in row:
        yield NEXT_PAGE, row["pages"]["further"] > 0


def called(report: Json) -> dict[str, Json]:
    return {name: row for name, row in report["operations"].items() if row["calls"]}


def told(report: Json) -> dict[str, Json]:
    return {name: row for name, row in report["events"].items() if row["deliveries"]}


# the table
def table(report: Json) -> list[str]:
    """The lines that people read, of at most 100 characters: operations called, events delivered, operations never
    called, remarks; and the rule by which the share is counted."""
    could = [was for _, was in chances(report)]
    lines = [f"Met: {percent(report):.1f} % of what could happen ({sum(could)} of {len(could)})."]
    for part in (
        operations(called(report)), events(told(report)), unused(report), remarks(report["remarks"]), (RULE,),
    ):  # fmt: skip
        section = list(part)
        lines += ["", *section] if section else []
    return lines


def operations(rows: Mapping[str, Json]) -> Iterator[str]:
    if not rows:
        return
    width = max(len(name) for name in ("Operation", *rows))
    yield columns(width, "Operation", "Calls", "Answers", "Not met")
    for name, row in rows.items():
        missing = ", ".join(what for what, was in of_operation(row) if not was) or "-"
        left = wrap(counts(row["statuses"]), ANSWERS)
        right = wrap(missing, WIDTH - width - ANSWERS - 11)
        for line, (answers, lacking) in enumerate(zip_longest(left, right, fillvalue="")):
            head = ("", "") if line else (name, str(row["calls"]))
            yield columns(width, *head, answers, lacking)
        yield from folded(details(row), "  ", "    ")


def columns(width: int, name: str, calls: str, answers: str, missing: str) -> str:
    return f"{name:<{width}}  {calls:>5}  {answers:<{ANSWERS}}  {missing}".rstrip()


def details(row: Json) -> str:
    """What was asked for, on a line of its own."""
    filters = {f"{name} {operator}": count for name, operators in row.get("filters", {}).items()
               for operator, count in operators.items()}  # fmt: skip
    parts = {
        "filters": filters, "sorts": row.get("sorts"), "includes": row.get("includes"), "find_by": row.get("find_by"),
    }  # fmt: skip
    said = [f"{what} {counts(found)}" for what, found in parts.items() if found]
    if row.get("pages", {}).get("offered"):
        said.append(f"next pages: {row['pages']['offered']} offered, {row['pages']['further']} read")
    if row["retried"]:
        said.append(f"repeated after a failure x{row['retried']}")
    return "; ".join(said)


def events(rows: Mapping[str, Json]) -> Iterator[str]:
    if not rows:
        return
    width = max(len(name) for name in ("Event", *rows))
    yield f"{'Event':<{width}}  Deliveries  Delivered  Tried again  Failed  Not met"
    for name, row in rows.items():
        missing = "-" if row["retried"] else RETRIED
        numbers = f"{row['deliveries']:>10}  {row['delivered']:>9}  {row['retried']:>11}  {row['failed']:>6}"
        yield f"{name:<{width}}  {numbers}  {missing}"


def unused(report: Json) -> Iterator[str]:
    names = [name for name, row in report["operations"].items() if not row["calls"]]
    if names:
        yield from folded(f"Never called: {', '.join(names)}.", "", "  ")


def remarks(rows: Iterable[Json]) -> Iterator[str]:
    """The most frequent first."""
    for row in sorted(rows, key=lambda row: -int(row["count"])):
        example = row["example"]
        where = f"{example['method']} {example['path']}, request {example['request']} of world {example['world']}"
        yield from folded(f"{row['count']}x {row['says']} First: {where}.", "! ", "  ")


def counts(found: Mapping[str, int]) -> str:
    return ", ".join(f"{name} x{count}" for name, count in sorted(found.items()))


def folded(text: str, first: str, further: str) -> list[str]:
    """Lines of a text; what clients chose may have signs that a terminal obeys."""
    plain = "".join(char if char.isprintable() else "?" for char in text)
    return wrap(plain, WIDTH, initial_indent=first, subsequent_indent=further)
