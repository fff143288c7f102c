"""The query of a list, held against its tables: sort, includes, filter, size and cursor."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from fake_server.api.lookup import FIND_PARAMETERS
from fake_server.api.parameters import Parameters, whole_number
from fake_server.declare.operation import Include, Listing, Operation
from fake_server.errors import BadQuery, did_you_mean, ignored
from fake_server.ids import Ids
from fake_server.query import check, page
from fake_server.query.json_form import parse_form, parse_json
from fake_server.query.page import Column, Sort
from fake_server.query.text import parse

DEFAULT_SIZE = 30
LIST_PARAMETERS = ("filter", "page[size]", "page[cursor]")


class Plan(NamedTuple):
    """What a list's query asks for, checked."""

    sort: Sort
    kept: Sort
    """The order that is kept for the sort."""
    includes: dict[str, Include]
    size: int
    cursor: str | None
    tree: check.Checked | None
    leaves: int
    """How many conditions the tree has."""
    hides: tuple[str, ...]
    ignored: str


def planned(operation: Operation, ids: Ids, query: Parameters) -> Plan:
    """The plan of a query; those of short ones are remembered."""
    return _remembered(operation, ids, query) if query.short else make_plan(operation, ids, query)


def make_plan(operation: Operation, ids: Ids, query: Parameters) -> Plan:
    """The query of a list against its tables; everything wrong in it answers 400."""
    listed = operation.listing
    assert listed is not None
    sort = page.read_sort(query.text("sort"), lambda name: column(listed, name), listed.sort_names)
    includes = read_includes(query.text("include"), listed)
    tree = read_filter(query, listed, ids)
    mentioned = {test.field.name for test in top_tests(tree)}
    size = whole_number(query.inner("page", "size"))
    size = size if size > 0 else DEFAULT_SIZE
    cursor = query.inner("page", "cursor")
    if isinstance(cursor, dict):
        raise page.bad_cursor("It is one text.")
    hides = tuple(mode.at for mode in listed.hides if mode.name not in mentioned)
    return Plan(sort, sort.kept(), includes, size, cursor, tree, check.leaves(tree), hides, unread(operation, query))


_remembered = lru_cache(maxsize=512)(make_plan)


def top_tests(tree: check.Checked | None) -> Iterator[check.Test]:
    """The conditions that hold for every selected record."""
    if isinstance(tree, check.Test):
        yield tree
    if isinstance(tree, check.AllTests):
        for part in tree.parts:
            yield from top_tests(part)


@lru_cache(maxsize=256)
def column(listed: Listing, name: str) -> Column | None:
    """The column of a sort table, or one of a family such as computed_fields.<alias>."""
    if name in listed.sorts:
        return listed.sorts[name]
    family, _, alias = name.partition(".")
    return Column(name, listed.aliased[family], name) if alias and family in listed.aliased else None


def read_includes(text: str | None, listed: Listing) -> dict[str, Include]:
    names = [name for name in (text or "").split(",") if name not in ("", "0")]
    unknown = [name for name in names if name not in listed.includes]
    if unknown:
        known, asked = ", ".join(listed.includes), ", ".join(name[:80] for name in unknown[:10])
        allowed = f"Allowed include(s) are `{known}`." if known else "There are no allowed includes."
        raise BadQuery(
            f"Requested include(s) `{asked}` are not allowed. {allowed}",
            f"Unknown include {unknown[0][:80]}: {did_you_mean(unknown[0], listed.includes)}"
            if known
            else "This list has no includes.",
        )
    return {name: listed.includes[name] for name in names}


def read_filter(query: Parameters, listed: Listing, ids: Ids) -> check.Checked | None:
    """The filter in whichever of its three spellings it came, checked."""
    given = query.tree.get("filter")
    if given is None:
        return None
    if isinstance(given, dict):
        return check.check(parse_form(given), listed.filters, ids, check.FORM)
    if given[:1] in "[{":
        return check.check(parse_json(given), listed.filters, ids, check.JSON)
    return check.check(parse(given), listed.filters, ids, check.TEXT)


def unread(operation: Operation, query: Parameters) -> str:
    """A sentence about the parameters that the operation does not read, or an empty text."""
    return ignored("query parameters", unread_names(operation, query), known_names(operation))


def unread_names(operation: Operation, query: Parameters) -> list[str]:
    """The parameters that the operation does not read, each once."""
    known = known_names(operation)
    nested = tuple(f"{name}[" for name in known)
    names = [name for name, _ in query.pairs if name not in known and not name.startswith(nested)]
    return list(dict.fromkeys(names))


def known_names(operation: Operation) -> list[str]:
    listed, known = operation.listing, [*(FIND_PARAMETERS if operation.find_by else ())]
    if listed is not None:
        known += [*(("sort",) if listed.sort_names else ()), *(("include",) if listed.includes else ())]
        known += LIST_PARAMETERS
    return known
