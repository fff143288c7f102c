"""Worlds of their own in this process, and all that can be read of them."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import httpx2

from contract_tests.client import NOW, Api, InProcess
from contract_tests.declared import LISTINGS
from contract_tests.expected import Json
from fake_server.app import Fake, create_app
from fake_server.settings import Settings


def seeded(**switches: Any) -> Fake:
    fake = Fake(Settings.model_validate({"world": "demo", "now": NOW, **switches}))
    fake.seed()
    return fake


def served(fake: Fake) -> Api:
    transport = InProcess(create_app(fake=fake))
    return Api(httpx2.Client(transport=transport, base_url="http://fake.test"), "any")


def world(**switches: Any) -> Api:
    """A world of its own in this process, whichever server the other tests ask."""
    return served(seeded(**switches))


def pages(api: Api, path: str, params: Mapping[str, str] = MappingProxyType({})) -> Iterator[httpx2.Response]:
    """Every page of a list, by its cursors: a public URL leads nowhere here."""
    more: str | None = ""
    while more is not None:
        answer = api.get(path, {**params, "page[cursor]": more})
        assert answer.status_code == 200, answer.text
        yield answer
        more = answer.json()["meta"]["next_cursor"]


def records(api: Api, path: str) -> list[Json]:
    return [record for page in pages(api, path) for record in page.json()["data"]]


def everything(api: Api) -> dict[str, bytes]:
    """Every page of every list and the bytes of every file, as they came."""
    found = {"/whoami": api.get("/whoami").content}
    for operation in LISTINGS.values():
        assert operation.listing
        includes = {"include": ",".join(operation.listing.includes)} if operation.listing.includes else {}
        parents = records(api, f"/{operation.parent}s") if operation.parameters else [{"id": ""}]
        for path in [operation.path.replace("{id}", parent["id"]) for parent in parents]:
            for number, page in enumerate(pages(api, path, includes)):
                found[f"{path} {number}"] = page.content
    files = [file["id"] for task in records(api, "/tasks") for file in task["attachements"]]
    return {**found, **{id: api.http.get(f"/_fake/files/{id}").content for id in files}}
