"""Tokens of a real service: from the command line or the environment, and in nothing that is printed."""

from pathlib import Path

import pytest

from contract_tests.verifying.runs import LIVE, TOKEN, URL, verify
from contract_tests.verifying.servers import Exchange, Server

pytestmark = pytest.mark.proves("README: Is it true?")
NARROW = "narrow-token-of-a-real-service-0123456789"
TESTS = "test_answers.py -k is_a_user"


def test_a_token_may_stand_in_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KANBERT_TOKEN", TOKEN)
    server = Server()
    run = verify(tmp_path, server, "--base-url", URL, "--live", tests=TESTS)
    assert (run.code, {one.token for one in server.met}) == (pytest.ExitCode.OK, {TOKEN})


def test_the_flag_beats_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KANBERT_TOKEN", "another")
    server = Server()
    verify(tmp_path, server, *LIVE, tests=TESTS)
    assert {one.token for one in server.met} == {TOKEN}


def test_a_narrow_token_may_stand_in_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KANBERT_NARROW_TOKEN", NARROW)
    server = Server()
    verify(tmp_path, server, *LIVE, tests="test_access.py -k needs_none and users.whoami")
    assert NARROW in {one.token for one in server.met}


def test_a_variable_is_for_a_real_service_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KANBERT_TOKEN", TOKEN)
    server = Server(is_fake=True)
    run = verify(tmp_path, server, "--base-url", URL, tests=TESTS)
    assert (run.code, TOKEN in {one.token for one in server.met}) == (pytest.ExitCode.OK, False)


@pytest.mark.parametrize("token", [TOKEN, NARROW])
@pytest.mark.parametrize("options", [(), ("--showlocals", "-vv", "--tb=long")], ids=["usual", "talkative"])
def test_nothing_that_is_printed_or_written_has_a_token(tmp_path: Path, options: tuple[str, ...], token: str) -> None:
    def tell(exchange: Exchange) -> None:
        if exchange.is_for("GET /users"):
            exchange.status, exchange.data = 200, {"data": [{"id": token}], "meta": {}, "links": token}

    run = verify(
        tmp_path, Server(tell=tell), *LIVE, "--narrow-token", NARROW, *options, tests="test_answers.py -k users.index"
    )
    assert run.verdicts() == {"users.index": "differs"}
    assert not [one for one in (TOKEN, NARROW) if one in run.text + (tmp_path / "report.json").read_text()]
