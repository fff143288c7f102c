"""One `api` for every test: in process by default, any server by --base-url."""

from collections.abc import Generator, Iterator
from typing import Any

import httpx2
import pytest
from hypothesis import settings

from contract_tests.client import NOW, Api, InProcess
from contract_tests.documented.options import USUAL_TOKEN, add_options
from contract_tests.documented.own_world import Elsewhere, skip_what_needs_its_own
from contract_tests.documented.target import root_of
from contract_tests.documented.verification import Verification
from contract_tests.sentences import refusing_unproved
from contract_tests.webhooks.receiver import Receiver

settings.register_profile("default", deadline=None, derandomize=True, max_examples=15)
settings.register_profile("thorough", deadline=None, max_examples=400)
settings.load_profile("default")


def pytest_addoption(parser: pytest.Parser) -> None:
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Verification(config), Verification.__name__)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--base-url"):
        skip_what_needs_its_own(items)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return refusing_unproved((yield))


@pytest.fixture(scope="session")
def connect(pytestconfig: pytest.Config) -> Iterator[Any]:
    """Makes an Api for a world: one of its own on the server under test, or of a new app in this process."""
    base_url, token = pytestconfig.getoption("--base-url"), pytestconfig.getoption("--token") or USUAL_TOKEN
    elsewhere = Elsewhere(root_of(base_url or ""))

    def make(**switches: Any) -> Api:
        if base_url:
            return Api(elsewhere.world(**switches), token)
        from fake_server.app import create_app
        from fake_server.settings import Settings

        app = create_app(Settings(**{"world": "small", "now": NOW, "check_answers": True, **switches}))
        return Api(httpx2.Client(transport=InProcess(app), base_url="http://fake.test"), token)

    yield make
    elsewhere.leave()


@pytest.fixture(scope="session")
def small(connect: Any) -> Api:
    return connect(world="small")  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def demo(connect: Any) -> Api:
    return connect(world="demo")  # type: ignore[no-any-return]


@pytest.fixture
def api(small: Api) -> Api:
    """The small world, as it was seeded."""
    small.control("POST", "/reset")
    return small


@pytest.fixture
def alone(connect: Any) -> Api:
    """The small world, never that of a running server: without an event loop nothing is sent, though it is due."""
    return connect(world="small", seed=42)  # type: ignore[no-any-return]


@pytest.fixture
def agency(demo: Api) -> Api:
    """The demo world, as it was seeded."""
    demo.control("POST", "/reset")
    return demo


@pytest.fixture(scope="session")
def server() -> Iterator[Api]:
    """A real server of the small world, whose clock stands: for what needs a socket."""
    from contract_tests.webhooks.webhook_server import running

    with running() as api:
        yield api


@pytest.fixture
def fake(server: Api) -> Api:
    """That server, as it was seeded."""
    server.control("POST", "/reset")
    return server


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A real receiver of webhooks, of which the server does not know yet."""
    with Receiver() as one:
        yield one
