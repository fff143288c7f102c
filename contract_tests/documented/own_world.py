"""A world of its own on a fake that runs elsewhere: whatever tests do to it, the fake's other worlds stay as they are."""

import os
from typing import Any

import httpx2
import pytest

Json = dict[str, Any]
CONTROL_TOKEN = "KANBERT_FAKE_CONTROL_TOKEN"
"""The variable with the token that the control routes of some fakes ask for."""


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
