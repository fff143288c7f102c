"""One `service` for every test: the worlds of the fake in process, or the server of --base-url."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx2
import pytest

from contract_tests.client import NOW, InProcess
from contract_tests.documented.guard import Guard
from contract_tests.documented.known import Known
from contract_tests.documented.options import token_of
from contract_tests.documented.patience import Patience
from contract_tests.documented.service import Bearer, Service
from contract_tests.documented.target import PREFIX
from contract_tests.documented.verification import Verification

WORLDS = ("small", "demo")
SLOW_WORLDS: tuple[str, ...] = ("nasty",)
ELSEWHERE = "server"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test asks each world, or the one server that was named."""
    if "service" not in metafunc.fixturenames:
        return
    slow = [pytest.param(world, marks=pytest.mark.slow) for world in SLOW_WORLDS]
    worlds: list[Any] = [ELSEWHERE] if metafunc.config.getoption("--base-url") else [*WORLDS, *slow]
    metafunc.parametrize("service", worlds, indirect=True, scope="session")


@pytest.fixture(scope="session")
def verification(pytestconfig: pytest.Config) -> Verification:
    plugin = pytestconfig.pluginmanager.get_plugin(Verification.__name__)
    assert isinstance(plugin, Verification)
    return plugin


@pytest.fixture(scope="session", name="service")
def asked_service(request: pytest.FixtureRequest, verification: Verification) -> Iterator[Service]:
    """The server under test; what was made on it ends with the session at the latest."""
    service = elsewhere(verification) if verification.target else in_process(request.param)
    with closing(service.http):
        yield service
        verification.ending.has_begun = True
        left = service.sweep()
        if service.guard.live:
            verification.left_behind += left


def elsewhere(verification: Verification) -> Service:
    assert verification.target is not None
    service = verification.target.service()
    if not service.guard.live:
        service.narrow = Bearer(verification.target.narrow_token())
    elif token := token_of(verification.config, "--narrow-token"):
        service.narrow = Bearer(token)
    if service.guard.live and service.guard.writes:
        service.guard.me = str(service.good("users.whoami")["id"])
    return service


def in_process(world: str) -> Service:
    """The fake in this process, whose clock stands; asked elsewhere, nothing here knows it."""
    from fake_server.app import create_app
    from fake_server.settings import Settings

    app = create_app(Settings(world=world, now=NOW))
    http = httpx2.Client(transport=InProcess(app), base_url=f"http://fake.test{PREFIX}")
    service = Service(http, Bearer("contract"), Guard(), Patience())
    service.narrow = Bearer(http.post("http://fake.test/_fake/tokens", json={"scopes": []}).json()["token"])
    return service


@pytest.fixture(scope="session")
def known(service: Service) -> Known:
    return Known(service)


@pytest.fixture(autouse=True)
def _cleaned(request: pytest.FixtureRequest) -> Iterator[None]:
    """Nothing that a test makes outlives it."""
    yield
    if "service" in request.fixturenames:
        request.getfixturevalue("service").clean()
