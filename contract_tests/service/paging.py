"""Pages of a list: their URLs, and the way along them."""

from collections.abc import Iterator
from typing import Any

from contract_tests.client import Api

META = ["path", "per_page", "next_cursor", "next_cursor_url", "prev_cursor", "prev_cursor_url"]


def own_url(api: Api, path: str) -> str:
    return f"{str(api.http.base_url).rstrip('/')}/api/v1{path}"


def forwards(api: Api, path: str, params: Any) -> Iterator[dict[str, Any]]:
    """Every page, by the URLs to the next one."""
    yield from followed(api, api.get(path, params).json(), "next_cursor_url")


def followed(api: Api, page: dict[str, Any], url: str) -> Iterator[dict[str, Any]]:
    while True:
        yield page
        if page["meta"][url] is None:
            return
        page = api.follow(page["meta"][url]).json()
