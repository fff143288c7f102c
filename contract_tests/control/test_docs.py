"""The page of the description, which loads nothing from elsewhere, and the way there."""

import re
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest

from contract_tests.client import Api, hint
from contract_tests.control import own_server
from contract_tests.control.description import description
from contract_tests.control.own_server import ask, shared

pytestmark = pytest.mark.proves("README: Control API")

fake = own_server.fake


class Page(HTMLParser):
    """What a browser loads of its own accord, and the scripts."""

    LOADING = ("src", "srcset", "href", "data", "poster", "action", "background", "manifest")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag
        if tag != "a":
            self.loaded += [value for name, value in attrs if name in self.LOADING and value]

    def handle_endtag(self, tag: str) -> None:
        self.inside = "" if tag == self.inside else self.inside

    def handle_data(self, data: str) -> None:
        {"script": self.scripts, "style": self.styles}.get(self.inside, []).append(data)


@pytest.fixture(scope="module")
def docs() -> Page:
    answer = ask(shared(), "GET", "/docs")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    return Page(answer.text)


def test_the_page_shows_the_description_that_stands_beside_it(docs: Page) -> None:
    [shown] = re.findall(r"\burl:\s*['\"]([^'\"]+)['\"]", docs.scripts[-1].split("SwaggerUIBundle(")[-1])
    url = urljoin("http://fake.test/_fake/docs", shown)
    assert shared().http.get(url).json() == description()


def test_the_page_loads_nothing_from_anywhere_else(docs: Page) -> None:
    inside = "".join(docs.styles)
    styled = re.findall(r"(?:url\(|@import)\s*['\"]?([^'\")]*)", inside)
    outside = re.compile(r"\s*(https?:)?//", re.IGNORECASE)
    assert docs.loaded
    assert [url[:80] for url in (*docs.loaded, *styled) if outside.match(url)] == []


def test_the_scripts_of_the_page_fetch_nothing_from_anywhere_else(docs: Page) -> None:
    fetched = r"(?:fetch|importScripts|import|open|EventSource|WebSocket)\(\s*['\"`](?:https?|wss?):[^'\"`]*"
    assert [found for script in docs.scripts for found in re.findall(fetched, script)] == []


def test_the_page_sends_no_description_to_the_vendors_validator(docs: Page) -> None:
    if any("validator.swagger.io" in script for script in docs.scripts[:-1]):
        assert re.search(r"validatorUrl:\s*(null|''|\"\"|['\"]none['\"])", docs.scripts[-1])


# ---------------------------------------------------------------- the root and everything beside


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_browser_at_the_root_is_led_to_the_page(fake: Api, method: str) -> None:
    answer = fake.http.request(method, "/", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert 300 < answer.status_code < 400
    assert urlsplit(answer.headers["location"]).path == "/_fake/docs"


@pytest.mark.proves("E8")
@pytest.mark.parametrize("path", ["/", "/tasks", "/api", "/api/v1", "/api/v2/tasks", "/favicon.ico"])
def test_a_program_at_the_wrong_place_is_told_the_right_one(fake: Api, path: str) -> None:
    answer = fake.http.get(path, headers={"Accept": "*/*"})
    assert (answer.status_code, list(answer.json())) == (404, ["message"])
    assert hint(answer) == "The service is under /api/v1, the fake's own routes under /_fake."


@pytest.mark.parametrize("path", ["/", "/tasks"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_it_is_told_the_same_whatever_it_wants_to_do_there(fake: Api, method: str, path: str) -> None:
    answer = fake.http.request(method, path)
    assert answer.status_code in (404, 405)
    assert list(answer.json()) == ["message"]
    assert hint(answer) == "The service is under /api/v1, the fake's own routes under /_fake."
