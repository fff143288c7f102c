"""What operations take in path and query -> the parameters of the description."""

import re
from collections.abc import Iterable
from typing import Any

from fake_server.declare.operation import Listing, Operation
from fake_server.declare.schemas import ANY_TEXT, Schema, pascal, ref


def parameters(operation: Operation) -> list[Schema]:
    found = [{"name": name, "in": "path", "required": True, "schema": ANY_TEXT} for name in operation.parameters]
    if operation.find_by:
        schema = {**ref(find_by_name(operation.find_by)), "default": "id"}
        found.append(query("find_by", schema, "The field to search by"))
        says = "Used if find_by=external_id by default it will use the integration slug"
        found.append(query("origin", ANY_TEXT, says))
    if operation.listing:
        found += list_parameters(operation.listing)
    return found


def find_by_name(names: Iterable[str]) -> str:
    """The name of the schema of these: id and external_id are in each."""
    return "FindBy" + "".join(pascal(name) for name in names if name not in ("id", "external_id"))


def query(name: str, schema: Schema, description: str, **more: Any) -> Schema:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description, **more}


def list_parameters(listed: Listing) -> list[Schema]:
    found = []
    sorts = listed.sort_names
    if sorts:
        says = f"Available sorts are {', '.join(sorts)}. Several are separated by a comma; - in front is descending."
        example = f"-{sorts[-1] if not listed.aliased else sorts[0]}"
        found.append(query("sort", separated(sort_patterns(listed), "-?"), says, example=example))
    if listed.includes:
        says = f"Available includes are {', '.join(listed.includes)}. Several are separated by a comma."
        example = next(iter(listed.includes))
        found.append(query("include", separated(map(re.escape, listed.includes)), says, example=example))
    says = "The number of results that will be returned per page."
    found.append(query("page[size]", {"type": "integer", "default": 30}, says))
    found.append(query("page[cursor]", ANY_TEXT, "The cursor to start the pagination from."))
    found.append(query("filter", ANY_TEXT, filter_text(listed), example=filter_example(listed)))
    return found


def sort_patterns(listed: Listing) -> list[str]:
    return [*map(re.escape, listed.sorts), *(rf"{re.escape(family)}\.[^,]+" for family in listed.aliased)]


def separated(patterns: Iterable[str], sign: str = "") -> Schema:
    """A text of these, separated by commas; empty ones do not count."""
    one = f"({sign}({'|'.join(patterns)}))?"
    return {"type": "string", "pattern": f"^{one}(,{one})*$"}


def filter_text(listed: Listing) -> str:
    """The printed filter table, as Markdown."""
    rows = [f"| {field.name} | {field.printed} | {', '.join(field.operators)} |" for field in listed.filters.values()]
    return "\n".join(("Filtering expression, as JSON or readable text.", "", "| Field | Type | Operators |",
                      "|---|---|---|", *rows))  # fmt: skip


def filter_example(listed: Listing) -> str:
    name = next(field.name for field in listed.filters.values() if field.kind == "string")
    return f'{name} contains "a"'
