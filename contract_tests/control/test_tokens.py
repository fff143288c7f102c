"""Tokens that a test registers, and what revoked, expired and unknown ones are good for."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from contract_tests.client import NOW, Api, hint
from contract_tests.control import own_server
from contract_tests.control.own_server import ask, problem, server
from contract_tests.expected import BOT, BOT_DATA, BRIEF, LOGO, PETER_DATA, PROJECT, SLUG, ZOE, ZOE_DATA, Json

pytestmark = pytest.mark.proves("README: Control API")

fake = own_server.fake


def in_seconds(seconds: int) -> str:
    at = datetime.fromisoformat(NOW) + timedelta(seconds=seconds)
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


PLAIN = {"user": BOT, "scopes": None, "integration": SLUG, "expires_at": None, "world": "default"}


@pytest.mark.proves("A1", "README: Users, scopes, tokens")
@pytest.mark.parametrize(
    "wanted, made",
    [
        ({"token": "mine"}, {"token": "mine"}),
        ({"token": "a/b+c=="}, {"token": "a/b+c=="}),
        ({"user": ZOE}, {"user": ZOE}),
        ({"user": "zoe.mueller@example.com"}, {"user": ZOE}),
        ({"scopes": ["client:write"]}, {"scopes": ["client:write"]}),
        ({"scopes": []}, {"scopes": []}),
        ({"integration": "jira"}, {"integration": "jira"}),
        ({"expires_in": 60}, {"expires_at": in_seconds(60)}),
        ({"expires_in": -60}, {"expires_at": in_seconds(-60)}),
        ({"token": None, "user": None, "scopes": None, "integration": None, "expires_in": None}, {}),
    ],
)
def test_a_token_is_made_as_it_was_wanted(fake: Api, wanted: Json, made: Json) -> None:
    answer = ask(fake, "POST", "/tokens", json=wanted)
    found = answer.json()
    assert (answer.status_code, found) == (201, {**PLAIN, "token": found["token"], **made})


@pytest.mark.parametrize("content", [b"", b"{}"])
def test_a_token_may_be_made_without_saying_anything(fake: Api, content: bytes) -> None:
    first, second = (ask(fake, "POST", "/tokens", content).json() for _ in range(2))
    assert first == {**PLAIN, "token": first["token"]}
    assert re.fullmatch(r"[\x21-\x7e]{8,}", first["token"])
    assert second["token"] != first["token"]


def test_made_up_tokens_are_the_same_in_every_run() -> None:
    first, second = ([server().control("POST", "/tokens")["token"] for _ in range(2)] for _ in range(2))
    assert first == second


@pytest.mark.proves("A1", "A2")
def test_a_token_acts_as_its_user(fake: Api) -> None:
    assert fake.register(user=ZOE).data("/whoami") == ZOE_DATA


@pytest.mark.proves("L12")
def test_a_token_of_a_guest_sees_what_a_guest_sees(fake: Api) -> None:
    seen = [task["uri"] for task in fake.register(user="peter.sorensen@example.org").walk("/tasks")]
    assert seen == ["WEB-2", "WEB-3"]


@pytest.mark.proves("A1", "E3")
def test_a_token_has_the_scopes_that_were_given_and_no_others(fake: Api) -> None:
    reader = fake.register(scopes=["task-management:read"])
    assert reader.get("/tasks").status_code == 200
    assert reader.delete(f"/tasks/{BRIEF}").status_code == 403
    assert fake.register(scopes=[]).get("/tasks").status_code == 403


@pytest.mark.proves("A1", "external-id.origin-default")
def test_a_tokens_integration_is_the_origin_of_its_external_ids(fake: Api) -> None:
    wanted = {"title": "T", "project_id": PROJECT, "external_id": "E"}
    made = fake.register(integration="jira").post("/tasks", wanted)
    assert made.json()["external_origin"] == "jira"


@pytest.mark.proves("A1")
@pytest.mark.parametrize("seconds, status", [(1, 200), (0, 401), (-1, 401)])
def test_a_token_is_good_until_it_expires(fake: Api, seconds: int, status: int) -> None:
    answer = fake.register(expires_in=seconds).get("/whoami")
    assert answer.status_code == status
    assert hint(answer) == ("" if status == 200 else "This token has expired.")


def test_a_token_registered_again_is_what_it_was_last_registered_as(fake: Api) -> None:
    fake.register(token="mine", user=ZOE, scopes=[])
    assert fake.register(token="mine", user="peter.sorensen@example.org").data("/whoami") == PETER_DATA
    assert fake.as_token("mine").get("/tasks").status_code == 200


@pytest.mark.parametrize(
    "content, sentence",
    [
        ('{"scope": []}', "There is no field scope; did you mean scopes?"),
        ('{"usr": "x"}', "There is no field usr; did you mean user?"),
        ('{"expires": 1}', "There is no field expires; did you mean expires_in?"),
        ('{"user": "zoe@example.com"}', "There is no user zoe@example.com; did you mean zoe.mueller@"),
        (f'{{"user": "{LOGO}"}}', f"There is no user {LOGO}; "),
        ('{"user": ""}', "There is no user "),
        ('{"user": 1}', "user: must be a string, "),
        ('{"scopes": ["client:writ"]}', "There is no scope client:writ; did you mean client:write?"),
        ('{"scopes": ["client:write", "all"]}', "There is no scope all; known: "),
        ('{"scopes": "client:write"}', "scopes: must be a list of strings."),
        ('{"scopes": [1]}', "scopes: must be a list of strings."),
        ('{"integration": ""}', "integration: must be a string, "),
        ('{"integration": 1}', "integration: must be a string, "),
        ('{"expires_in": "60"}', "expires_in: must be an integer, "),
        ('{"expires_in": 1.5}', "expires_in: must be an integer, "),
        ('{"expires_in": true}', "expires_in: must be an integer, "),
        ('{"expires_in": 10000000000}', "expires_in: "),
        ('{"token": ""}', "token: must be a string of printable ASCII characters without spaces."),
        ('{"token": "two words"}', "token: must be a string of printable ASCII characters without spaces."),
        ('{"token": "schlüssel"}', "token: must be a string of printable ASCII characters without spaces."),
        ('{"token": 1}', "token: must be a string of printable ASCII characters without spaces."),
        ("[]", "body: must be a JSON object with any of token, user, scopes, integration, expires_in."),
        ('{"user": ', "body: is no JSON: EOF while parsing a value at line 1 column 9."),
    ],
)
def test_a_token_that_cannot_be_made_is_a_problem(fake: Api, content: str, sentence: str) -> None:
    status, detail = problem(ask(fake, "POST", "/tokens", content.encode()))
    assert (status, detail[: len(sentence)]) == (422, sentence)


def test_a_token_that_cannot_be_made_is_not_made(fake: Api) -> None:
    ask(fake, "POST", "/tokens", '{"token": "not made", "user": "nobody"}')
    assert fake.as_token("not made").data("/whoami") == BOT_DATA


@pytest.mark.proves("A1")
@pytest.mark.parametrize("token", ["mine", "guest-token", "never-registered"])
def test_a_revoked_token_is_good_for_nothing(fake: Api, token: str) -> None:
    fake.register(token="mine", user=ZOE)
    answer = ask(fake, "DELETE", f"/tokens/{token}")
    refused = fake.as_token(token).get("/whoami")
    assert (answer.status_code, answer.json()) == (200, {"token": token, "revoked": True})
    assert (refused.status_code, refused.json()) == (401, {"message": "Unauthenticated."})
    assert hint(refused) == "This token was revoked."


def test_a_token_is_revoked_whatever_signs_it_is_made_of(fake: Api) -> None:
    token = fake.register(token="a/b+c==")
    assert ask(fake, "DELETE", "/tokens/a%2Fb%2Bc%3D%3D").json() == {"token": "a/b+c==", "revoked": True}
    assert token.get("/whoami").status_code == 401


def test_a_revoked_token_is_good_again_when_it_is_registered_again(fake: Api) -> None:
    ask(fake, "DELETE", "/tokens/mine")
    assert fake.register(token="mine", user=ZOE).data("/whoami") == ZOE_DATA


@pytest.mark.proves("A1")
def test_a_strict_server_knows_registered_tokens_only() -> None:
    api = server(strict_auth=True, token=["ci"])
    refused = api.get("/whoami")
    assert (refused.status_code, refused.json()) == (401, {"message": "Unauthenticated."})
    assert hint(refused) == "This token is not registered, and the server is strict: POST /_fake/tokens."
    for known, user in (("ci", BOT_DATA), ("guest-token", PETER_DATA)):
        assert api.as_token(known).data("/whoami") == user
    assert api.register(user=ZOE).data("/whoami") == ZOE_DATA


def test_a_strict_server_has_no_unregistered_token_to_revoke() -> None:
    status, _ = problem(ask(server(strict_auth=True), "DELETE", "/tokens/never-registered"))
    assert status == 404
