"""The pytest plugin: a fake for each test that asks for `kanbert`. Nothing is imported or started before one does."""

import os
from argparse import ArgumentTypeError
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from fake_server.world_names import WORLD_NAMES

if TYPE_CHECKING:
    from fake_server.handle.world import Handle

MARKER = (
    'kanbert(*, world="small", seed=42, tasks=None, now=None): the world that the fixture kanbert makes for a test. '
    f"world: {', '.join(WORLD_NAMES)} or a YAML or JSON file, from the test's folder; seed: the number from which "
    "Faker grows it; tasks: grow it to so many; now: ISO date-time at which its clock stands."
)


def percentage(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1
    if not 0 <= number <= 100:
        raise ArgumentTypeError(f"{text!r} is no number from 0 to 100")
    return number


OPTIONS: dict[str, dict[str, Any]] = {
    "url": {"metavar": "URL", "help": "use the fake that runs there, with a world of its own for each test"},
    "control-token": {
        "metavar": "TOKEN",
        "help": "that its control routes ask for (default: as the variable KANBERT_FAKE_CONTROL_TOKEN says)",
    },
    "public-host": {"metavar": "HOST", "help": "where that fake reaches inboxes, such as host.docker.internal"},
    "world": {"metavar": "NAME", "help": f"{', '.join(WORLD_NAMES)} or a file, for tests whose marker names none"},
    "seed": {"metavar": "NUMBER", "type": int, "help": "number from which Faker makes worlds (default 42)"},
    "now": {"metavar": "ISO", "help": "date-time at which the clocks of worlds stand"},
    "keep": {"action": "store_true", "help": "leave the worlds of failed tests on the server, and say which"},
    "intercept": {
        "action": "store_true",
        "help": "send calls to api.kanbert.com to the fake, refuse all others there",
    },
    "cov": {"action": "store_true", "help": "show what the tests met of the service"},
    "cov-fail-under": {
        "metavar": "PERCENT",
        "type": percentage,
        "help": "fail where they met less; implies --kanbert-cov",
    },
}

HANDLE = pytest.StashKey["Handle"]()
"""Of an item: the world that its test has."""
FAILED = pytest.StashKey[bool]()
"""Of an item: whether its test failed."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("kanbert", "a fake Kanbert API (kanbert-fake-server)")
    for name, more in OPTIONS.items():
        group.addoption(f"--kanbert-{name}", **more)
    parser.addini("kanbert_url", "as --kanbert-url, which beats it", default="")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)
    if config.getoption("kanbert_intercept"):
        from fake_server.testing.guard import Guard

        config.pluginmanager.register(Guard(), "kanbert-guard")
    least = config.getoption("kanbert_cov_fail_under")
    if config.getoption("kanbert_cov") or least is not None:
        from fake_server.testing.coverage import NAME, Coverage

        config.pluginmanager.register(Coverage(config, least), NAME)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Options that no test could run with end the session at once, with one sentence."""
    config = session.config
    given = url_of(config) or config.getoption("kanbert_world") or config.getoption("kanbert_now")
    # What workers of xdist are given was checked in the session that started them.
    if given and not config.option.collectonly and not hasattr(config, "workerinput"):
        from fake_server.testing.options import check

        check(config)


def url_of(config: pytest.Config) -> str:
    """Of the running fake to use; empty: none, but one in this process."""
    return str(config.getoption("kanbert_url") or config.getini("kanbert_url"))


def control_token_of(config: pytest.Config) -> str:
    """Of that fake; empty: it asks for none."""
    return str(config.getoption("kanbert_control_token") or os.environ.get("KANBERT_FAKE_CONTROL_TOKEN", ""))


def pytest_report_header(config: pytest.Config) -> str | None:
    url = url_of(config)
    return f"kanbert: {url}" if url else None


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    if not call.excinfo or HANDLE not in item.stash:
        return (yield)
    from fake_server.testing.report import sections, shorten

    shorten()
    report = yield
    # Not of a test that was skipped, or expected to fail.
    if report.failed:
        item.stash[FAILED] = True
        report.sections += sections(item.stash[HANDLE], kept=item.config.getoption("kanbert_keep"))
    return report


@pytest.fixture(scope="session")
def kanbert_settings() -> dict[str, Any]:
    """The settings of the fake, of which the small world is usual; your conftest.py replaces them by its own fixture.
    >>> @pytest.fixture(scope="session")
    ... def kanbert_settings():
    ...     return {"world": "demo", "tasks": 500, "rate_limit": 60}
    """
    return {"world": "small"}


@pytest.fixture(scope="session")
def kanbert_server(pytestconfig: pytest.Config, kanbert_settings: dict[str, Any]) -> "Iterator[Handle]":
    """The fake that all tests of this process share: one in this process, or that of --kanbert-url. Its default world
    is nobody's; tests that need no world of their own may use it, and more worlds can be made.
    >>> def test_two_spaces(kanbert, kanbert_server):
    ...     with kanbert_server.branch() as other:
    ...         copy_everything(kanbert.url, kanbert.token, other.token)
    """
    from fake_server.testing.server import serving

    with serving(pytestconfig, kanbert_settings) as handle:
        yield handle


@pytest.fixture
def kanbert(
    request: pytest.FixtureRequest, kanbert_server: "Handle", kanbert_settings: dict[str, Any]
) -> "Iterator[Handle]":
    """A fake Kanbert for this test alone: a fresh world behind a real URL, with a token that leads to it.
    >>> @pytest.mark.kanbert(world="small", now="2026-03-12T09:00:00Z")  # if the usual world will not do
    ... def test_sync(kanbert):
    ...     task = kanbert.make("task", title="Fix it", status="WIP")
    ...     run_my_sync(base_url=kanbert.url, token=kanbert.token)
    ...     assert kanbert.get("task", task["id"])["status"] == "Completed"
    """
    from fake_server.testing.world import lent

    with lent(request, kanbert_server, kanbert_settings) as handle:
        yield handle
