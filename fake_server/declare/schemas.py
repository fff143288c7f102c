"""JSON schemas, as the description writes them, and those that belong to no section."""

from typing import Any

Schema = dict[str, Any]


def ref(name: str) -> Schema:
    """A schema of the description, by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def closed(**properties: Schema) -> Schema:
    """An object that always has these properties and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def pascal(name: str) -> str:
    """The name of a schema: `tasks.store` is TasksStore."""
    return "".join(part[:1].upper() + part[1:] for part in name.replace("_", ".").split("."))


ANY_TEXT: Schema = {"type": "string"}
FAILED: Schema = {
    "type": "object",
    "description": "A detailed description of each field that failed validation.",
    "additionalProperties": {"type": "array", "items": {"type": "string"}},
}
NULL_TEXT: Schema = {"type": ["string", "null"]}
ALWAYS_THERE: Schema = {
    "CursorMeta": closed(
        path={**NULL_TEXT, "description": "Base path for paginator generated URLs."},
        per_page={"type": "integer", "description": "Number of items shown per page."},
        **dict.fromkeys(("next_cursor", "next_cursor_url", "prev_cursor", "prev_cursor_url"), NULL_TEXT),
    ),
    "Message": {**closed(message={"type": "string"}), "description": "Error overview."},
    "Invalid": {**closed(message={"type": "string"}, errors=FAILED), "description": "Errors overview."},
}
