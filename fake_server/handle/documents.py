"""Files of documents: in which form they are, and where in them something is wrong."""

import re
from pathlib import Path
from typing import Any, Literal

Form = Literal["json", "yaml"]
FORMS: dict[str, Form] = {".json": "json", ".yaml": "yaml", ".yml": "yaml"}
"""By how the name of a file ends."""
PLACE = re.compile(r"state:((?P<kind>[a-z]\w*)(\[(?P<number>\d+)\])?:)? ")
"""Where a fake found something wrong in an object, which has no lines."""


def form_of(file: str | Path, asked: Form | None = None) -> Form | None:
    """The form asked for, else the one that the file's name says; None where it says nothing."""
    return asked or FORMS.get(Path(file).suffix.lower())


def content_type(form: Form | None) -> str:
    """Where nothing says what a document is, the fake looks into it."""
    return f"application/{form or 'octet-stream'}"


def placed(sentence: str, file: str | Path, rows: Any = None) -> str:
    """What a fake says of a document, which it knows as `state`, with the file and the place in it. `rows`: the
    document as it was read from the file, where the fake was sent an object."""
    where = PLACE.match(sentence) if rows is not None else None
    if where is None:
        return f"{file}{sentence.removeprefix('state')}" if sentence.startswith("state:") else sentence
    kind, number = where["kind"], where["number"]
    place = rows.places.get(kind, rows.place)
    if number is not None:
        row = rows[kind][int(number)]
        place = getattr(row, "place", None) or rows.within(kind, int(number))
    return f"{file}:{place}: {sentence[where.end() :]}"
