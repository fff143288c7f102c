"""Worlds as documents: taken from a server, given to it, and the least that one can have."""

from typing import Any

import httpx2

from contract_tests.client import Api
from contract_tests.expected import Json


def exported(api: Api) -> Json:
    return api.control("GET", "/state")  # type: ignore[no-any-return]


def put(api: Api, document: Any) -> httpx2.Response:
    return api.http.put("/_fake/state", json=document)


def good(**more: Any) -> Json:
    """The smallest document that has everything a task needs."""
    return {
        "spaces": [{"ref": "home", "name": "Own"}],
        "users": [
            {"ref": "bot", "first_name": "A", "last_name": "B", "email": "bot@example.com", "type": "integration",
             "space": "home"},
        ],
        "integrations": [{"slug": "own", "user": "bot"}],
        "clients": [{"ref": "client", "name": "C"}],
        "projects": [{"ref": "project", "client": "client", "title": "P", "shortcode": "P"}],
        **more,
    }  # fmt: skip


def row(**more: Any) -> Json:
    return {"project": "project", "title": "T", **more}
