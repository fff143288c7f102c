"""Answers against the printed shapes, field by field."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from contract_tests.documented.differs import Difference, difference, shown
from contract_tests.documented.reference import SCHEMAS, Json, fields_of
from contract_tests.sentences import SENTENCES

MISSING = object()
STEMS = {
    "TaskData": "task",
    "TaskDueDateSettingsData": "task",
    "TaskPriorityOptionData": "task",
    "CommentData": "comment",
    "UserData": "user",
    "SpaceData": "user",
    "FileData": "file",
    "ClientData": "client",
    "ClientFullData": "client",
    "ProjectData": "project",
    "ProjectTypeData": "project",
    "ProjectGroupData": "project",
    "TeamMemberData": "team-member",
    "PhaseData": "phase",
    "PhaseGroupData": "phase",
    "PhaseTypeData": "phase",
    "MilestoneData": "milestone",
    "EpicData": "epic",
}
"""How the sentences about a shape begin."""
ABSENT = ("required-fields", "fields")
WRONG = ("fields", "types")
"""The sentences of a shape that say which fields there are, and of which type; the first that it has."""
DEVIATIONS = {"TaskData.parent_task_id": "T4", "TaskData.project": "T2", "TaskData.client": "T2"}
"""Where an answer may differ from what is printed, and the decision that says so."""
OWN = {
    "TaskData.status": "task.status-values",
    **{f"TaskData.{name}_at": "task.times" for name in ("completed", "closed", "updated", "created")},
    "UserData.type": "user.types",
    "ProjectData.status": "project.status",
    "PhaseData.computed_fields": "computed-fields.numbers",
}
"""Fields whose own sentence has another name."""
EXTRA = {"TaskData.project": "ProjectData", "TaskData.client": "ClientData"}
"""The shapes of fields that are not printed, though an include of their name is."""

Notes = set[str]
"""What was seen where both the printed form and a deviation are good."""


def differences(schema: str, value: Any, where: str, notes: Notes) -> Iterator[Difference]:
    """Every field of a value that is not as printed."""
    if not isinstance(value, dict):
        yield difference(where, schema, value, sentence_of(schema, WRONG))
        return
    fields = fields_of(schema)
    for name, row in fields.items():
        yield from field_differences(f"{schema}.{name}", row, value.get(name, MISSING), f"{where}.{name}", notes)
    for name in value.keys() - fields.keys():
        yield from unprinted(schema, name, value[name], f"{where}.{name}", notes)


def field_differences(known: str, row: Json, value: Any, where: str, notes: Notes) -> Iterator[Difference]:
    if known in DEVIATIONS and value is not MISSING:
        notes.add(f"{DEVIATIONS[known]}: {known} is {'null' if value is None else row['type']}")
    if value is MISSING:
        if row["required"] is True:
            schema = known.partition(".")[0]
            yield Difference(f"{where}: documented {printed(row)}, missing", sentence_of(schema, ABSENT))
    elif value is None:
        if row["nullable"] is False and known not in DEVIATIONS:
            yield difference(where, printed(row), None, field_sentence(known))
    else:
        yield from typed(row["type"], value, where, notes, (printed(row), field_sentence(known)))


def unprinted(schema: str, name: str, value: Any, where: str, notes: Notes) -> Iterator[Difference]:
    """A field that the page does not have; one that was cut may have more."""
    known = f"{schema}.{name}"
    if known in EXTRA:
        notes.add(f"{DEVIATIONS[known]}: {known} is there, printed is only the include")
        if value is not None:
            yield from differences(EXTRA[known], value, where, notes)
    elif SCHEMAS[schema]["completeness"] != "partial":
        yield Difference(f"{where}: not documented, got {shown(value)}", sentence_of(schema, WRONG))


def printed(row: Mapping[str, Any]) -> str:
    return f"{row['type']} or null" if row["nullable"] is True else str(row["type"])


# ---------------------------------------------------------------- types


def typed(kind: str, value: Any, where: str, notes: Notes, said: tuple[str, str]) -> Iterator[Difference]:
    """What is wrong with a value that is not null; `said` is what is printed of it, and by which sentence."""
    if kind.startswith("array of ") and isinstance(value, list):
        inner = kind.removeprefix("array of ")
        for n, member in enumerate(value):
            yield from typed(inner, member, f"{where}[{n}]", notes, (inner, said[1]))
    elif kind in SCHEMAS and "enum" not in SCHEMAS[kind] and isinstance(value, dict):
        yield from differences(kind, value, where, notes)
    elif not is_of(kind, value):
        yield difference(where, said[0], value, said[1])


def is_of(kind: str, value: Any) -> bool:
    if kind in SCHEMAS:
        return value in SCHEMAS[kind].get("enum", ())
    return kind == "unknown" or CHECKS[kind.partition(" of ")[0]](value)


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_date(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"\d{4}-\d\d-\d\d", value)) and reads(date, value)


def is_date_time(value: Any) -> bool:
    form = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"
    return isinstance(value, str) and bool(re.fullmatch(form, value)) and reads(datetime, value)


def reads(kind: type[date], text: str) -> bool:
    try:
        kind.fromisoformat(text)
    except ValueError:
        return False
    return True


CHECKS: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": is_number,
    "boolean": lambda value: isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "date": is_date,
    "date-time": is_date_time,
}


# ---------------------------------------------------------------- sentences


def sentence_of(schema: str, kinds: tuple[str, ...]) -> str:
    """The sentence that says of a shape what fields it has, or of what types; empty where nothing does."""
    stem = STEMS.get(schema, "")
    full = [f"{stem}.full-fields"] if schema == "ClientFullData" else []
    return next((id for id in (*full, *(f"{stem}.{kind}" for kind in kinds)) if id in SENTENCES), "")


def field_sentence(known: str) -> str:
    """The sentence about one field, such as `task.due-date`; else the one about the types of its shape."""
    schema, _, name = known.partition(".")
    own = OWN.get(known, f"{STEMS.get(schema, '')}.{hyphened(name)}")
    return own if own in SENTENCES else sentence_of(schema, WRONG)


def hyphened(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower().replace("_", "-")


def told_of(schema: str) -> list[str]:
    """Every sentence that a check of this shape can contradict, those of the shapes inside it, too."""
    inside = {schema, *(one for one in reachable(schema, set()))}
    ids = {sentence_of(one, kinds) for one in inside for kinds in (ABSENT, WRONG)}
    ids |= {field_sentence(f"{one}.{name}") for one in inside for name in fields_of(one)}
    return sorted(ids - {""})


def reachable(schema: str, met: set[str]) -> set[str]:
    """The shapes inside a shape, at any depth."""
    for row in fields_of(schema).values():
        kind = row["type"].removeprefix("array of ")
        if kind in SCHEMAS and "enum" not in SCHEMAS[kind] and kind not in met:
            met.add(kind)
            reachable(kind, met)
    return met
