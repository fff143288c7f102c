"""The world of one test: made as marker, options and settings say, removed afterwards."""

import re
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import pytest

from fake_server.errors import did_you_mean
from fake_server.handle.connection import ControlError, NotRunning
from fake_server.handle.documents import placed
from fake_server.handle.world import Handle
from fake_server.testing import FAILED, HANDLE, url_of
from fake_server.testing.options import OF_WORLD, Fields, NoWorld, document, layer
from fake_server.testing.reached import Reached
from fake_server.testing.server import STARTED, of_server, over, unusable, usual_world
from fake_server.testing.strays import Strays

USUAL_SEED = 42
"""Always sent: a container may have been started with another one."""


@contextmanager
def lent(request: pytest.FixtureRequest, server: Handle, settings: Mapping[str, Any]) -> Iterator[Handle]:
    """The handle of a new world, as long as the test lasts."""
    item, config = request.node, request.config
    try:
        refuse_others(config, settings)
        handle = made(item, server, over(usual_world(config, settings), marked(item)))
    except (NoWorld, NotRunning) as error:
        raise unusable(str(error)) from None
    except ControlError as error:
        raise unusable(f"The world of this test cannot be made: {error}") from None
    item.stash[HANDLE], item.stash[FAILED] = handle, False
    give(request.instance, handle)
    try:
        with handle.intercept() if config.getoption("kanbert_intercept") else nullcontext():
            yield handle
    finally:
        del item.stash[HANDLE]
        end(item, server, handle)


def refuse_others(config: pytest.Config, settings: Mapping[str, Any]) -> None:
    """Worlds are many, but there is one server, whose settings are those of whoever came first."""
    own = config.stash.get(STARTED, None)
    if own is None or url_of(config):
        # Somebody has a fixture kanbert_server of their own, or was warned that settings cannot be set.
        return
    for name, value in of_server(settings).items():
        if own.get(name) != value:
            raise NoWorld(
                f"kanbert_settings: {name} is {value!r} here, but the one server of this session was started with "
                f"{repr(own[name]) if name in own else 'its default'}; say it in the conftest.py of all tests."
            )


def marked(item: pytest.Item) -> Fields:
    """What the markers say, the closest one first."""
    said: Fields = {}
    for mark in reversed(list(item.iter_markers("kanbert"))):
        if mark.args:
            raise NoWorld(f"The marker kanbert takes names only: @pytest.mark.kanbert(world={mark.args[0]!r}).")
        for name in mark.kwargs:
            if name not in OF_WORLD:
                raise NoWorld(unknown(name))
        said |= mark.kwargs
    try:
        return layer(said, (item.path.parent, item.config.rootpath))
    except NoWorld as error:
        raise NoWorld(f"@pytest.mark.kanbert: {error}") from None


def unknown(name: str) -> str:
    from fake_server.settings import Settings

    if name in Settings.model_fields:
        return f"The marker kanbert knows no {name}, which is a setting of the whole server: see kanbert_settings."
    return f"The marker kanbert knows no {name}; {did_you_mean(name, OF_WORLD)}"


def made(item: pytest.Item, server: Handle, fields: Fields) -> Handle:
    """The new world, with what the options add to its handle."""
    config = item.config
    name = readable(item.name) if config.getoption("kanbert_keep") else None
    handle = new(server, name, {"seed": USUAL_SEED, **fields})
    if not url_of(config):
        return handle
    host = config.getoption("kanbert_public_host")
    handle = Reached(handle, host) if host else handle
    handle.requests._elsewhere = Strays(server).told
    return handle


def new(server: Handle, name: str | None, fields: Fields) -> Handle:
    file = fields["world"]
    if not isinstance(file, Path):
        return server.worlds.new(name, **fields)
    if fields.pop("tasks", None) is not None:
        raise NoWorld(f"tasks grows a world that has a name; {file} has the tasks that it says.")
    rows = document(file)
    try:
        return server.worlds.new(name, **{**fields, "world": None}, state=rows)
    except ControlError as error:
        raise NoWorld(placed(str(error), file, rows)) from None


def readable(name: str) -> str:
    """A name by which the world of a test is found again, of which there is one only."""
    return f"{re.sub('[^A-Za-z0-9]+', '-', name).strip('-')[:50] or 'test'}-{secrets.token_hex(3)}"


def give(instance: Any, handle: Handle) -> None:
    """Tests of a unittest.TestCase take no arguments: they find it as self.kanbert."""
    unittest = sys.modules.get("unittest")
    if unittest is not None and isinstance(instance, unittest.TestCase):
        instance.kanbert = handle


def end(item: pytest.Item, server: Handle, handle: Handle) -> None:
    """Counts what the test met, and removes the world."""
    from fake_server.testing.coverage import NAME

    handle.close()
    # A test may have removed its world, or ended the container; that is no failure of this one.
    with suppress(ControlError, NotRunning):
        counting = item.config.pluginmanager.get_plugin(NAME)
        if counting is not None:
            counting.add(handle)
        if not (item.stash[FAILED] and item.config.getoption("kanbert_keep")):
            server.worlds.rm(handle.name)
