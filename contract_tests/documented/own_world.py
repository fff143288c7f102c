"""A world of its own on a fake that runs elsewhere: its other worlds stay as they are."""

import os
from contextlib import closing, suppress
from typing import Any

import httpx2
import pytest

from contract_tests.client import NOW

Json = dict[str, Any]
CONTROL_TOKEN = "KANBERT_FAKE_CONTROL_TOKEN"
"""The variable with the token that the control routes of some fakes ask for."""
SWITCHES = {"world", "seed", "tasks", "now"}
"""What a world may have of its own; everything else is the server's."""
SEED = 42
"""The usual one, whatever the server was started with."""
SERVED = ("documented", "service")
"""The folders whose tests ask any fake; what others ask is a server that they start as they need it."""
ALONE = (
    "test_many_conditions_on_many_records_are_refused",
    "test_a_fault_of_the_fake_itself_is_a_server_error_whose_trace_is_in_the_log",
    "test_a_revoked_token_lets_nobody_in",
    "test_tokens_do_not_outlive_a_reset",
)
"""Tests in them that look into the server, or at tokens: a request that names a world is let in with any."""
LONGEST = 60.0
"""Seconds that a request may take: worlds may be large."""


def made(http: httpx2.Client, **fields: Any) -> Json:
    """A new world, as the fake shows it; `from` another one, or of a seed."""
    answer = http.post("/_fake/worlds", json=fields, headers=control_headers())
    if not answer.is_success:
        said = f"answers {answer.status_code} to POST /_fake/worlds"
        raise pytest.UsageError(f"--base-url {http.base_url}: the fake there {said}: {answer.text[:200]}")
    world: Json = answer.json()
    return world


def headers(name: str) -> dict[str, str]:
    """What leads every request to the world, whatever its token."""
    return {"X-Fake-World": name, **control_headers()}


def control_headers() -> dict[str, str]:
    token = os.environ.get(CONTROL_TOKEN)
    return {"X-Fake-Control-Token": token} if token else {}


def removed(http: httpx2.Client, name: str) -> None:
    """Ends the world, and with it all that it had: tasks, tokens, webhooks."""
    http.delete(f"/_fake/worlds/{name}", headers=control_headers())


def skip_what_needs_its_own(items: list[pytest.Item]) -> None:
    """Tests of a whole server - its worlds, its clock, its journal - do not ask one that others use."""
    reason = "it is about a whole server, and asks none that others use"
    for item in items:
        served = any(folder in item.path.parts for folder in SERVED) and item.name.partition("[")[0] not in ALONE
        if "connect" in getattr(item, "fixturenames", ()) and not served:
            item.add_marker(pytest.mark.skip(reason=reason))


class Elsewhere:
    """Worlds on the fake at `root`, made for tests of the fake and removed with them."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.opened: dict[str, httpx2.Client] = {}

    def world(self, **switches: Any) -> httpx2.Client:
        """A client of a new world; skips the test that needs a server which is started otherwise."""
        others = switches.keys() - SWITCHES or {name for name in switches if switches[name] == ""}
        if others:
            pytest.skip(f"the fake at {self.root} runs already, this needs one with {', '.join(sorted(others))}")
        with httpx2.Client(base_url=self.root) as http:
            name = made(http, **{"now": NOW, "seed": SEED, **switches})["name"]
        self.opened[name] = httpx2.Client(base_url=self.root, headers=headers(name), timeout=LONGEST)
        return self.opened[name]

    def leave(self) -> None:
        for name, http in self.opened.items():
            with closing(http), suppress(httpx2.HTTPError):
                removed(http, name)
