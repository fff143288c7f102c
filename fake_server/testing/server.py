"""The fake of a test session: started in this process, or one that runs already."""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest

from fake_server.handle.connecting import connect
from fake_server.handle.connection import ControlError, NotRunning
from fake_server.handle.world import Handle
from fake_server.testing import control_token_of, url_of
from fake_server.testing.options import OF_WORLD, Fields, NoWorld, layer, option_fields

STARTED = pytest.StashKey[Fields]()
"""Of the session: the settings of its server."""


@contextmanager
def serving(config: pytest.Config, settings: Mapping[str, Any]) -> Iterator[Handle]:
    """A server of these settings, as long as the session lasts."""
    url, own = url_of(config), of_server(settings)
    if url:
        remark(url, own)
    else:
        # A test whose client has a wrong token is to fail, and not to find another world.
        own = {"strict_worlds": True, **own}
    config.stash[STARTED] = own
    try:
        usual = usual_world(config, settings)
    except NoWorld as error:
        raise unusable(str(error)) from None
    with running(url, control_token_of(config)) if url else started({**own, **usual}) as handle:
        yield handle


def of_server(settings: Mapping[str, Any]) -> Fields:
    return {name: value for name, value in settings.items() if name not in OF_WORLD}


def usual_world(config: pytest.Config, settings: Mapping[str, Any]) -> Fields:
    """The world of tests that say nothing about it."""
    return over(layer({"world": "small", **settings}, (config.rootpath,)), option_fields(config))


def over(fields: Fields, closer: Fields) -> Fields:
    """What somebody closer to the test says comes first; a number of tasks is that of a world, not of another one."""
    if "world" in closer and "tasks" not in closer:
        fields = {name: value for name, value in fields.items() if name != "tasks"}
    return {**fields, **closer}


def remark(url: str, settings: Fields) -> None:
    """Says what cannot be done for a server that runs already."""
    from fake_server.settings import flag

    if settings:
        flags = ", ".join(flag(name) for name in settings)
        warnings.warn(
            pytest.PytestWarning(
                f"kanbert_settings: {', '.join(settings)} cannot be set for the fake at {url}, which runs already; "
                f"start it with {flags}."
            ),
            stacklevel=2,
        )


@contextmanager
def running(url: str, control_token: str) -> Iterator[Handle]:
    try:
        handle = connect(url, control_token=control_token)
    except (ControlError, NotRunning) as error:
        raise unusable(str(error)) from None
    with handle:
        yield handle


@contextmanager
def started(settings: Fields) -> Iterator[Handle]:
    # Imported here: who tests against a container needs no server in this process.
    from fake_server.seeds import SeedError
    from fake_server.server import FakeServer, PortInUse
    from fake_server.settings import UsageError

    try:
        server = FakeServer(**{name: written(value) for name, value in settings.items()}).start()
    except (UsageError, SeedError, PortInUse) as error:
        raise unusable(f"The fake cannot be started: {error}") from None
    try:
        yield server
    finally:
        server.stop()


def written(value: Any) -> Any:
    """A setting as flags have it."""
    return value.isoformat() if isinstance(value, date) else str(value) if hasattr(value, "__fspath__") else value


def unusable(sentence: str) -> BaseException:
    """What ends a test with a sentence instead of a traceback."""
    return pytest.fail.Exception(sentence, pytrace=False)
