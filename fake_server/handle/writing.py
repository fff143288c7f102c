"""Files that are written as a whole or not at all."""

import os
import secrets
import stat
from pathlib import Path


def replace(target: Path, content: bytes) -> None:
    """Whatever fails, a file that was there keeps what it has; else it keeps its rights."""
    beside = target.with_name(f".kanbert-fake-{secrets.token_hex(6)}")
    made = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        fill(made, content)
        if target.exists():
            os.chmod(beside, stat.S_IMODE(target.stat().st_mode))
        os.replace(beside, target)
    except BaseException:
        os.unlink(beside)
        raise


def fill(made: int, content: bytes) -> None:
    """To the disk, before anything is replaced by it."""
    with os.fdopen(made, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(made)
