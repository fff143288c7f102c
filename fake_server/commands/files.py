"""Files that commands read and write; - is standard input or output."""

import os
import sys
from pathlib import Path

from fake_server.commands.asking import Failed
from fake_server.handle.writing import replace

STANDARD = "-"


def read(file: str) -> bytes:
    if file == STANDARD and sys.stdin is None:
        raise Failed("Standard input cannot be read: it is closed.")
    try:
        return sys.stdin.buffer.read() if file == STANDARD else Path(file).read_bytes()
    except OSError as error:
        raise Failed(f"{file} cannot be read: {error.strerror}.") from None


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
