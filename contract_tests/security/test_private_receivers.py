"""--no-webhook-private: nothing is delivered to this machine, the networks around it, or a cloud's own services."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

import pytest

from contract_tests.client import Api
from contract_tests.expected import LOGO, PROJECT
from contract_tests.webhooks.receiver import LONGEST, Receiver
from contract_tests.webhooks.webhook_server import flush, hooks, log, refused, running, subscribe
from contract_tests.writing import change
from fake_server.flags import read
from fake_server.settings import UsageError
from fake_server.webhooks import post
from fake_server.webhooks.addresses import is_private

pytestmark = pytest.mark.proves("README: Security")

FORBIDDEN = "a private address, to which --no-webhook-private forbids deliveries"


@pytest.fixture(scope="module")
def strict() -> Iterator[Api]:
    with running(webhook_private=False, webhook_tries=1) as api:
        yield api


@pytest.fixture
def fake(strict: Api) -> Api:
    strict.control("POST", "/reset")
    return strict


def outcome(api: Api) -> tuple[str, str | None]:
    """State and error of the only delivery, which is tried once."""
    change(api, LOGO, title="New")
    flush(api)
    [row] = log(api)
    return row["state"], row["attempts"][0]["error"]


def subscribe_as_caller(api: Api, url: str) -> None:
    answer = api.post("/webhooks", {"url": url, "events": ["task:*"], "project_id": PROJECT})
    assert answer.status_code == 200, answer.text


# ---------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1",
        "169.254.169.254", "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1",
        "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::1", "2001:0:7f00:1::", "2001:db8::1", "3fff::1", "3fff:fff:ffff::1", "fec0::1",
        "64:ff9b:1::1", "100::1",
    ],
)  # fmt: skip
def test_these_addresses_are_private(address: str) -> None:
    assert is_private(address)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1", "169.253.0.1", "2606:4700::1111",
     "2a00:1450::1", "3ffe::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"],
)  # fmt: skip
def test_these_addresses_are_not(address: str) -> None:
    assert not is_private(address)


# ---------------------------------------------------------------- registering


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000/hook", "http://localhost/hook", "http://LOCALHOST./", "https://a.localhost/",
        "http://169.254.169.254/latest/meta-data", "http://[::1]:80/", "http://[::ffff:10.0.0.1]/",
        "http://2130706433/", "http://0x7f.1/", "http://127.1:8000/", "http://0177.0.0.1./", "http://0XA9FEA9FE/",
    ],
)  # fmt: skip
def test_a_url_that_says_a_private_address_is_refused(fake: Api, url: str) -> None:
    says = f"url: {url} is {FORBIDDEN}."
    assert refused(fake, "POST", "/webhooks", {"url": url}) == (422, "Invalid body", says)
    assert hooks(fake) == []
    with pytest.raises(UsageError) as wrong:
        read(["--webhook-url", url, "--no-webhook-private"], {})
    assert str(wrong.value) == (
        f"--webhook-url / KANBERT_FAKE_WEBHOOK_URL cannot be {[url]!r}: {url} is {FORBIDDEN}."
    )


def test_a_url_of_elsewhere_is_taken(fake: Api) -> None:
    assert subscribe(fake, "https://hooks.example.com/in")["url"] == "https://hooks.example.com/in"
    for url in ("http://8.8.8.8/", "http://134744072/"):
        assert read(["--webhook-url", url, "--no-webhook-private"], {}).webhook_url == [url]


def test_private_addresses_are_allowed_unless_somebody_forbids_them(receiver: Receiver) -> None:
    with running(webhook_tries=1) as api:
        subscribe(api, receiver)
        assert outcome(api) == ("delivered", None)


# ---------------------------------------------------------------- delivering


def test_a_receiver_of_a_caller_at_a_private_address_is_told_nothing(fake: Api, receiver: Receiver) -> None:
    """The service itself knows no such rule, and takes the subscription."""
    subscribe_as_caller(fake, receiver.url)
    assert outcome(fake) == ("failed", f"127.0.0.1 is {FORBIDDEN}.")
    assert receiver.received == []


def test_a_name_counts_by_the_address_that_it_has(fake: Api, receiver: Receiver) -> None:
    """Other ways to write 127.0.0.1, which only the resolver understands."""
    port = receiver.url.split(":")[2]
    for name in ("2130706433", "127.1", "0x7f.1"):
        fake.control("POST", "/reset")
        subscribe_as_caller(fake, f"http://{name}:{port}")
        assert outcome(fake) == ("failed", f"{name}, at 127.0.0.1, is {FORBIDDEN}.")
    assert receiver.received == []


def test_a_name_without_an_address_fails_as_ever(fake: Api) -> None:
    subscribe(fake, "http://nobody.invalid/hook")
    state, error = outcome(fake)
    assert (state, str(error)[:15]) == ("failed", "No connection: ")


@pytest.fixture
def only_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if 127.0.0.1 were the only public address."""
    monkeypatch.setattr(post, "is_private", lambda address: address != "127.0.0.1")


class Names(asyncio.SelectorEventLoop):
    """Every name has these addresses."""

    async def getaddrinfo(self, *_: Any, **__: Any) -> Any:
        return [(0, 0, 0, "", (address, 0)) for address in ("10.0.0.1", "8.8.8.8", "8.8.4.4")]


def test_of_several_addresses_the_first_that_is_not_private_is_asked() -> None:
    with asyncio.Runner(loop_factory=Names) as runner:
        assert runner.run(post.public("receiver.test")) == "8.8.8.8"


def test_the_address_that_was_looked_at_is_the_one_that_is_asked(
    fake: Api, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that by now has no address any more, or another one."""

    async def looked_at(_: str) -> str:
        return "127.0.0.1"

    monkeypatch.setattr(post, "public", looked_at)
    url = receiver.url.replace("127.0.0.1", "moved.invalid")
    subscribe(fake, url)
    assert outcome(fake) == ("delivered", None)
    assert receiver.received[0].header("Host") == url.split("/")[2]


@pytest.mark.usefixtures("only_ours")
def test_the_certificate_must_be_that_of_the_name(fake: Api) -> None:
    """A receiver without any, which is asked for that of the name all the same."""
    with closing(Greeted()) as greeted:
        subscribe_as_caller(fake, f"https://localhost:{greeted.port}/")
        state, error = outcome(fake)
        assert (state, str(error)[:19]) == ("failed", "No TLS connection: ")
        assert greeted.names == ["localhost"]


class Greeted:
    """Listens for the name that a TLS client asks for, and has no certificate."""

    def __init__(self) -> None:
        self.names: list[Any] = []
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.sni_callback = lambda _, name, __: self.names.append(name)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(LONGEST)
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.greet, daemon=True)
        self.thread.start()

    def greet(self) -> None:
        connection, _ = self.listener.accept()
        with connection, suppress(OSError):
            self.context.wrap_socket(connection, server_side=True)

    def close(self) -> None:
        self.thread.join(LONGEST)
        self.listener.close()
