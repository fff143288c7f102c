"""Files that commands read and write; - is standard input or output."""

import os
import sys
from pathlib import Path
from typing import Literal

from fake_server.commands.asking import Failed
from fake_server.handle.writing import replace

STANDARD = "-"
Form = Literal["json", "yaml"]
FORMS: dict[str, Form] = {".json": "json", ".yaml": "yaml", ".yml": "yaml"}


def form_of(file: str, asked: Form | None) -> Form | None:
    """The form asked for, else the one that the file's name says; None where it says nothing."""
    return asked or FORMS.get(Path(file).suffix.lower())


def read(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == STANDARD else Path(file).read_bytes()
    except OSError as error:
        raise Failed(f"{file} cannot be read: {error.strerror}.") from None


def refused(file: str, why: str) -> Failed:
    """What a fake says of a document, which it knows as `state`, followed by the place."""
    return Failed(f"{file}{why.removeprefix('state')}" if why.startswith("state:") else why)


def write(file: str, content: bytes) -> None:
    """As a whole or not at all: whatever fails, a file that was there keeps what it has."""
    # A link stays one, and what it leads to is replaced.
    target = Path(os.path.realpath(file))
    try:
        if target.exists() and not target.is_file():
            target.write_bytes(content)
        else:
            replace(target, content)
    except OSError as error:
        raise Failed(f"{file} cannot be written: {error.strerror}.") from None
