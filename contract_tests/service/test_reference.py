"""Double entry: what fixtures/reference transcribes by hand against what the sections declare."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import pytest

from contract_tests.client import Api
from contract_tests.declared import LISTINGS, path_of
from contract_tests.transcription import transcribed
from fake_server.declare.body import Body, FileBody
from fake_server.declare.fields import BodyField
from fake_server.declare.operation import Include, Operation
from fake_server.declare.shape import Shape, core
from fake_server.query.kinds import Field
from fake_server.resources import OPERATIONS, SECTIONS

PRINTED_OPERATIONS = {entry["operation"]: entry for entry in transcribed("operations")}
PRINTED_SCHEMAS = {entry["schema"]: entry for entry in transcribed("schemas")}
OPERATORS = transcribed("operators")
ENUMS = {name: tuple(entry["enum"]) for name, entry in PRINTED_SCHEMAS.items() if "enum" in entry}
SHAPES = {shape.__name__: shape for section in SECTIONS for shape in section.shapes}
UNKNOWN = "unknown"
"""What the reference says of a detail that no copy of the documentation shows."""

ALWAYS = "An optional field may be there every time: ruling T1 for tasks, empty where a space computes nothing."
NAMED = "The reference lists names of webhook schemas and shows none of them: ruling W9."
PROMISED = "The operation prints the include, the answer prints no field for it: ruling T2."
UNSEEN = "The items were not seen; the fake prints the shape that the name suggests."
DEVIATIONS = {
    "TaskData.parent_task_id: nullable is True, printed False": "Ruling T4: null for a task without a parent.",
    "TaskData.phase: required is True, printed False": ALWAYS,
    "TaskData.milestone: required is True, printed False": ALWAYS,
    "TaskData.epic: required is True, printed False": ALWAYS,
    "MilestoneData.computed_fields: required is True, printed False": ALWAYS,
    "EpicData.computed_fields: required is True, printed False": ALWAYS,
    "TaskData.project: declared, not printed": PROMISED,
    "TaskData.client: declared, not printed": PROMISED,
    "ProjectData.tags: type is 'array of TagData', printed 'array'": UNSEEN,
    "ProjectData.guests: type is 'array of TeamMemberData', printed 'array'": UNSEEN,
    "TagData: declared, not printed": UNSEEN,
    "WebhookData: declared, not printed": NAMED,
    "NewWebhookData: declared, not printed": NAMED,
    "FileData.created_at: type is 'date-time', printed 'string'": "Printed without a format; ruling E5 sets it.",
    "CursorPage: printed, not declared": "The envelope is no shape: test_the_page_is_the_printed_one asks for it.",
}
"""Where the fake differs on purpose, word for word, and why. Every other difference fails."""


def differences(name: str, printed: Mapping[str, Any] | None, declared: Mapping[str, Any] | None) -> Iterator[str]:
    """One line for each detail in which two entries differ."""
    if printed is None or declared is None:
        yield f"{name}: {'declared, not printed' if printed is None else 'printed, not declared'}"
        return
    for key in dict.fromkeys((*printed, *declared)):
        ours, theirs = declared.get(key), printed.get(key)
        if isinstance(ours, dict) or isinstance(theirs, dict):
            yield from differences(f"{name}.{key}", theirs, ours)
        elif ours != theirs and theirs != UNKNOWN:
            yield f"{name}: {key} is {ours!r}, printed {theirs!r}"


def unexpected(found: Iterator[str]) -> str:
    return "\n".join(line for line in found if line not in DEVIATIONS)


# --- operations ------------------------------------------------------------------------------------------


def printed_operation(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A reference entry in the form of `declared_operation`; of one whose name alone was seen, what that says."""
    if entry["completeness"] == "name":
        return {"request": f"{entry['method']} {entry['path']}", "scopes": entry["scopes"]}
    answer, filters = entry["answer"], entry.get("filters", [])
    return {
        "request": f"{entry['method']} {entry['path']}",
        "scopes": entry["scopes"],
        "find_by": entry.get("find_by", []),
        "answer": f"list of {answer['shape']}" if answer["list"] else answer["shape"],
        "sorts": entry.get("sorts", []),
        "includes": entry.get("includes", []),
        "filters": [row["field"] for row in filters],
        **{f"filter {row['field']}": printed_filter(row) for row in filters},
        **printed_body(entry.get("body")),
    }


def printed_filter(row: Mapping[str, Any]) -> dict[str, Any]:
    kind, *rest = row["type"].split(" ")
    named = bool(rest) and rest[0][0].isupper()
    return {
        "type": f"{kind}<{rest[0]}>" if named else f"{kind}:{', '.join(rest)}" if rest else kind,
        "operators": OPERATORS[row["operators"]],
        "values": list((ENUMS[rest[0]] if named else rest) if kind == "enum" else ()),
        "members": {name: {"type": kind} for name, kind in row.get("members", {}).items()},
    }


def printed_body(body: Mapping[str, Any] | None) -> dict[str, Any]:
    if body is None:
        return {}
    fields = by_name(body["fields"])
    return {
        "body": f"{body['content_type']}{', required' if body['required'] else ''}",
        "body fields": list(fields),
        **{f"body {name}": {"max": None, **rules} for name, rules in fields.items()},
    }


def by_name(rows: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["name"]: {key: row[key] for key in row if key not in ("name", "note")} for row in rows}


def declared_operation(operation: Operation) -> dict[str, Any]:
    listing, shape = operation.listing, operation.shape.__name__
    filters = listing.filters if listing else {}
    return {
        "request": f"{operation.method} {operation.path}",
        "scopes": list(operation.scopes),
        "find_by": list(operation.find_by),
        "answer": f"list of {shape}" if listing else shape,
        "sorts": [*listing.sorts, *(f"{family}.<alias>" for family in listing.aliased)] if listing else [],
        "includes": list(listing.includes) if listing else [],
        "filters": list(filters),
        **{f"filter {name}": declared_filter(field) for name, field in filters.items()},
        **declared_body(operation.body),
    }


def declared_filter(field: Field) -> dict[str, Any]:
    return {
        "type": field.printed.lower() if field.kind == "relation" else field.printed,
        "operators": list(field.operators),
        "values": list(field.values),
        "members": {name: {"type": member.kind} for name, member in field.members.items()},
    }


def declared_body(body: Body | FileBody | None) -> dict[str, Any]:
    if body is None:
        return {}
    required = ", required" if body.required else ""
    if isinstance(body, FileBody):
        rules = {"type": "binary", "nullable": False, "required": True, "max": None, "max_bytes": body.max}
        return {"body": f"multipart/form-data{required}", "body fields": [body.name], f"body {body.name}": rules}
    return {
        "body": f"application/json{required}",
        "body fields": [field.name for field in body.fields],
        **{f"body {field.name}": body_rules(field) for field in body.fields},
    }


def body_rules(field: BodyField) -> dict[str, Any]:
    return {
        "type": schema_type(field.schema, field.values),
        "nullable": field.null,
        "required": field.required,
        "max": field.max,
    }


def schema_type(schema: Mapping[str, Any], values: tuple[str, ...]) -> str:
    """The reference's word for the JSON schema of a body field."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"enum {name}" if ENUMS.get(name) == values else f"enum of {values}"
    if schema["type"] == "array":
        return f"array of {schema_type(schema['items'], ())}"
    return str(schema.get("format", schema["type"]))


def operation_differences(name: str) -> Iterator[str]:
    printed, declared = PRINTED_OPERATIONS.get(name), OPERATIONS.get(name)
    theirs = printed_operation(printed) if printed else None
    ours = declared_operation(declared) if declared else None
    if ours and theirs and name in NAME_ONLY:
        ours = {key: ours[key] for key in theirs}
    return differences(name, theirs, ours)


def seen(*completeness: str) -> list[str]:
    """The operations of which that much was seen."""
    return [name for name, entry in PRINTED_OPERATIONS.items() if entry["completeness"] in completeness]


NAME_ONLY, PARTIAL = seen("name"), seen("partial", "name")


@pytest.mark.proves(
    "tasks.index.exists",
    "tasks.store.exists",
    "tasks.show.exists",
    "tasks.update.exists",
    "tasks.delete.exists",
    "tasks.updateexternalid.exists",
    "tasks.upload.exists",
    "taskcomments.store.exists",
    "users.whoami.exists",
    "users.index.exists",
    "clients.index.exists",
    "clients.fullindex.exists",
    "projects.index.exists",
    "projects.phases.exists",
    "webhooks.index.exists",
    "webhooks.store.exists",
    "L15",
    "C8",
    "T17",
)
@pytest.mark.parametrize("name", dict.fromkeys((*PRINTED_OPERATIONS, *OPERATIONS)))
def test_an_operation_is_declared_as_it_is_printed(name: str) -> None:
    assert unexpected(operation_differences(name)) == ""


@pytest.mark.proves("README: What is answered")
@pytest.mark.parametrize("name", PARTIAL)
def test_an_operation_that_was_seen_in_part_says_what_was_not_seen(name: str) -> None:
    assert OPERATIONS[name].evidence.gap


@pytest.mark.proves("webhooks.store.exists", "W9")
@pytest.mark.parametrize("name", NAME_ONLY)
def test_an_operation_of_which_the_name_alone_was_seen_is_our_choice(name: str) -> None:
    assert OPERATIONS[name].evidence.mark == "chosen"


# --- schemas ---------------------------------------------------------------------------------------------


def printed_schema(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A reference entry in the form of `declared_schema`: fields that only older copies show are fields too."""
    return by_name((*entry["fields"], *entry.get("further_fields", [])))


def declared_schema(shape: type[Shape]) -> dict[str, Any]:
    """The shape's fields, and those that includes of its operations add."""
    printed = {name: annotated(info.annotation, info.is_required()) for name, info in shape.model_fields.items()}
    added = {
        name: {
            "type": f"array of {include.shape}" if include.many else include.shape,
            "required": False,
            "nullable": not include.many,
        }
        for operation in OPERATIONS.values()
        for name, include in included(operation).items()
        if operation.shape is shape and not include.always
    }
    return {**added, **printed}


def included(operation: Operation) -> Mapping[str, Include]:
    """What a list may be asked to include, or what another answer always has."""
    return operation.listing.includes if operation.listing else operation.includes


def annotated(annotation: Any, required: bool) -> dict[str, Any]:
    members = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else ()
    kind, many = core(annotation)
    name = type_name(kind)
    return {
        "type": f"array of {name}" if many else name,
        "required": required,
        "nullable": type(None) in members,
    }


def type_name(kind: Any) -> str:
    """The reference's word for a Python type; enums are known by their values."""
    words = {str: "string", int: "integer", float: "number", bool: "boolean", date: "date", datetime: "date-time"}
    if get_origin(kind) is Literal:
        return next((name for name, values in ENUMS.items() if values == get_args(kind)), f"enum of {get_args(kind)}")
    if get_origin(kind) is dict:
        return "object"
    return words.get(kind) or str(kind.__name__)


def schema_differences(name: str) -> Iterator[str]:
    printed, shape = PRINTED_SCHEMAS.get(name), SHAPES.get(name)
    theirs = printed_schema(printed) if printed else None
    return differences(name, theirs, declared_schema(shape) if shape else None)


@pytest.mark.proves(
    "task.required-fields",
    "task.types",
    "comment.required-fields",
    "comment.types",
    "user.fields",
    "user.space",
    "file.fields",
    "client.fields",
    "client.full-fields",
    "project.fields",
    "phase.fields",
    "milestone.fields",
    "epic.fields",
    "team-member.fields",
    "task.due-date-settings",
    "computed-fields.numbers",
)
@pytest.mark.parametrize("name", [name for name in dict.fromkeys((*PRINTED_SCHEMAS, *SHAPES)) if name not in ENUMS])
def test_a_shape_is_declared_as_it_is_printed(name: str) -> None:
    assert unexpected(schema_differences(name)) == ""


@pytest.mark.proves("task.order")
@pytest.mark.parametrize("name", [name for name in PRINTED_SCHEMAS if name in SHAPES])
def test_a_shape_keeps_the_printed_order(name: str) -> None:
    declared = list(SHAPES[name].model_fields)
    printed = [field for field in printed_schema(PRINTED_SCHEMAS[name]) if field in declared]
    assert declared == printed


@pytest.mark.proves("task.status-values", "task.recurring-type", "user.types", "client.segment")
@pytest.mark.parametrize("name", ENUMS)
def test_an_enum_is_used_by_a_shape(name: str) -> None:
    kinds = [core(info.annotation)[0] for shape in SHAPES.values() for info in shape.model_fields.values()]
    assert ENUMS[name] in [get_args(kind) for kind in kinds if get_origin(kind) is Literal]


@pytest.mark.proves("README: Working on it")
def test_every_shape_of_an_answer_is_listed_by_its_section() -> None:
    added = {one.shape for operation in OPERATIONS.values() for one in included(operation).values()}
    used = {operation.shape.__name__ for operation in OPERATIONS.values()} | added
    assert used <= SHAPES.keys()


@pytest.mark.proves("README: Working on it")
def test_every_deviation_still_exists() -> None:
    schemas = [name for name in dict.fromkeys((*PRINTED_SCHEMAS, *SHAPES)) if name not in ENUMS]
    found = {line for name in schemas for line in schema_differences(name)}
    found |= {
        line for name in dict.fromkeys((*PRINTED_OPERATIONS, *OPERATIONS)) for line in operation_differences(name)
    }
    assert DEVIATIONS.keys() - found == set()


# --- what nothing declares -------------------------------------------------------------------------------


@pytest.mark.proves("lists.envelope", "lists.meta", "L1")
@pytest.mark.parametrize("name", LISTINGS)
def test_the_page_is_the_printed_one(api: Api, name: str) -> None:
    page = api.get(path_of(api, LISTINGS[name])).json()
    fields = [field["name"] for field in PRINTED_SCHEMAS["CursorPage"]["fields"]]
    assert [*page, *(f"meta.{key}" for key in page["meta"])] == fields
