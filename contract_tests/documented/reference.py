"""What the documentation prints, as fixtures/reference transcribes it by hand."""

from typing import Any

from contract_tests.transcription import transcribed

Json = dict[str, Any]

OPERATIONS: dict[str, Json] = {row["operation"]: row for row in transcribed("operations")}
SCHEMAS: dict[str, Json] = {row["schema"]: row for row in transcribed("schemas")}
OPERATORS: dict[str, list[str]] = transcribed("operators")
ENUMS: dict[str, list[str]] = {name: row["enum"] for name, row in SCHEMAS.items() if "enum" in row}

LISTS = [name for name, row in OPERATIONS.items() if row["answer"]["list"]]
JSON_WRITES = [
    name for name, row in OPERATIONS.items() if row.get("body", {}).get("content_type") == "application/json"
]
WRITES = [name for name, row in OPERATIONS.items() if row["method"] != "GET"]


def fields_of(schema: str) -> dict[str, Json]:
    """Its fields by name; those that only older copies show are fields, too."""
    entry = SCHEMAS[schema]
    return {row["name"]: row for row in (*entry["fields"], *entry.get("further_fields", []))}


def body_fields(operation: str) -> dict[str, Json]:
    """What the body of an operation may have, by name."""
    return {row["name"]: row for row in OPERATIONS[operation]["body"]["fields"]}


def filters_of(operation: str) -> dict[str, Json]:
    """The rows of a list's filter table, by field."""
    return {row["field"]: row for row in OPERATIONS[operation].get("filters", [])}


def values_of(printed: str) -> list[str]:
    """The values of an enum: `enum TaskStatus` names a schema, `enum running closed` lists them."""
    words = printed.split()[1:]
    return ENUMS.get(words[0], words)
