"""What options and files say about worlds, read so that a mistake is one sentence."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fake_server.errors import did_you_mean
from fake_server.handle.connecting import connect
from fake_server.handle.connection import ControlError, NotRunning
from fake_server.handle.documents import form_of
from fake_server.moment import read_date, read_instant
from fake_server.testing import control_token_of, url_of

Fields = dict[str, Any]
OF_WORLD = ("world", "seed", "tasks", "now")
"""What a world is made of; all other settings are the server's."""


class NoWorld(Exception):
    """A world that cannot be made; one sentence."""


def check(config: pytest.Config) -> None:
    """UsageError where no test could run with these options."""
    try:
        option_fields(config)
        reach(url_of(config), control_token_of(config))
    except (NoWorld, NotRunning) as error:
        raise pytest.UsageError(str(error)) from None


def reach(url: str, control_token: str) -> None:
    if url:
        try:
            with connect(url, control_token=control_token) as handle:
                # Whether a fake is ready it tells everybody; this it tells only whoever has its token.
                handle.worlds.list()
        except (ControlError, NotRunning) as error:
            raise NotRunning(f"--kanbert-url: {error}") from None


def option_fields(config: pytest.Config) -> Fields:
    """What the command line says about worlds."""
    given = {name: config.getoption(f"kanbert_{name}") for name in ("world", "seed", "now")}
    now = given["now"]
    if now and not read_date(now) and read_instant(now, ZoneInfo("UTC")) is None:
        raise NoWorld(f"--kanbert-now: {now} is no ISO date-time; 2026-01-31T10:00:00Z is one.")
    try:
        return layer(given, (config.invocation_params.dir, config.rootpath))
    except NoWorld as error:
        raise NoWorld(f"--kanbert-world: {error}") from None


def layer(fields: Mapping[str, Any], folders: Sequence[Path]) -> Fields:
    """What somebody says about a world, without what they leave open; a file is looked for in these folders."""
    said = {name: fields[name] for name in OF_WORLD if fields.get(name) is not None}
    if "world" in said:
        said["world"] = found(said["world"], folders)
    return said


def found(world: Any, folders: Sequence[Path]) -> str | Path:
    """The file that is meant, or the name of a world."""
    if not isinstance(world, str | os.PathLike):
        raise NoWorld(f"world is the name of a world or the path of a file, not {repr(world)[:80]}.")
    name = os.fspath(world)
    if form_of(name) is None and Path(name).name == name:
        return known(name)
    paths = list(dict.fromkeys(folder / name for folder in folders))
    for path in paths:
        if path.is_file():
            return path
    beside = [str(Path(name).parent / one) for one in files(path.parent for path in paths)]
    where = " or ".join(str(folder) for folder in dict.fromkeys(folders))
    near = f"; {did_you_mean(name, beside)}" if beside else "."
    raise NoWorld(f"There is no file {name} in {where}{near}")


def known(name: str) -> str:
    from fake_server.seeds import names

    if name not in names():
        raise NoWorld(
            f"There is no world {name}; {did_you_mean(name, names())} The path of a YAML or JSON file is fine too."
        )
    return name


def files(folders: Iterator[Path]) -> list[str]:
    """The names of what could be worlds."""
    return sorted(
        {one.name for folder in folders if folder.is_dir() for one in folder.iterdir() if form_of(one) is not None}
    )


def document(path: Path) -> Any:
    """The world of a file, so that it can be sent to a server wherever that is."""
    from fake_server.seeds.worldfile import SeedError, read

    try:
        return read(path)
    except SeedError as error:
        raise NoWorld(str(error)) from None
