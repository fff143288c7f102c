"""Which server is asked, and the project in which it may be written to."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from contract_tests.documented import own_world
from contract_tests.documented.guard import Guard, Project
from contract_tests.documented.options import USUAL_TOKEN, token_of
from contract_tests.documented.patience import Patience
from contract_tests.documented.service import SECONDS, Bearer, Service, body_of

PREFIX = "/api/v1"
MOST_PROJECT_PAGES = 200
NAMED = 10
"""How many projects an error names."""
TRANSPORT: pytest.StashKey[httpx2.BaseTransport] = pytest.StashKey()
"""What carries the requests instead of a network, for tests of the verification."""
PATIENCE: pytest.StashKey[Patience] = pytest.StashKey()


@dataclass
class Target:
    """A server elsewhere, and the project in which tests may write to it."""

    root: str
    token: str
    live: bool
    writes: bool
    transport: httpx2.BaseTransport | None
    patience: Patience
    project: Project | None = None
    titles: Any = None
    world: str = ""
    """The world of its own that this run has on a fake."""

    @classmethod
    def of(cls, config: pytest.Config) -> "Target":
        live = config.getoption("--live")
        return cls(
            root_of(config.getoption("--base-url")),
            token_of(config) or USUAL_TOKEN,
            live,
            config.getoption("--allow-writes") or not live,
            config.stash.get(TRANSPORT, None),
            config.stash.get(PATIENCE, Patience()),
        )

    def http(self, base: str = PREFIX) -> httpx2.Client:
        headers = own_world.headers(self.world) if self.world else {}
        return httpx2.Client(transport=self.transport, base_url=self.root + base, timeout=SECONDS, headers=headers)

    def service(self, token: str | None = None) -> Service:
        guard = Guard(self.live, self.writes, self.project, titles=self.titles or {})
        return Service(self.http(), Bearer(token or self.token), guard, self.patience)

    # ------------------------------------------------------------ before the first test

    def reach(self, project: str | None) -> None:
        """Makes sure that the server is what the command line says, and finds the project."""
        try:
            if not self.live:
                self.must_be_a_fake()
                self.settle()
            self.must_take_the_token()
            self.find(project)
        except httpx2.HTTPError as error:
            raise pytest.UsageError(f"--base-url {self.root}: no server answers there ({error}).") from None

    def must_be_a_fake(self) -> None:
        """A real service must not be written to because somebody forgot to say that it is one."""
        with self.http("") as http:
            if not http.get("/_fake/health").is_success:
                raise pytest.UsageError(f"--base-url {self.root}: that is no fake, nothing is at /_fake; see --live.")

    def settle(self) -> None:
        """Makes a world of its own, which begins as the fake's default one is now: that is left as it is."""
        with self.http("") as http:
            world = own_world.made(http, **{"from": "default"})
        self.world, self.token = world["name"], world["token"]

    def leave(self) -> None:
        if self.world:
            with self.http("") as http, suppress(httpx2.HTTPError):
                own_world.removed(http, self.world)
            self.world = ""

    def narrow_token(self) -> str:
        """A token without any scope, of the world of its own."""
        with self.http("") as http:
            token: str = http.post("/_fake/tokens", json={"scopes": []}).json()["token"]
        return token

    def must_take_the_token(self) -> None:
        answer = self.asked("/whoami")
        if answer.status_code in (401, 403):
            raise pytest.UsageError(f"--token: the server at {self.root} answers {answer.status_code} to it.")

    def asked(self, path: str, params: Any = None) -> httpx2.Response:
        with self.http() as http:
            bearer = Bearer(self.token)
            return self.patience.asked(lambda: http.get(path, params=params, auth=bearer))

    def find(self, wanted: str | None) -> None:
        """Sets `project` to the one of this id, shortcode or title, which must be exactly one."""
        if wanted is None:
            return
        everything = self.projects()
        self.titles = {one["id"]: one["title"] for one in everything}
        found = [one for one in everything if wanted in (one["id"], one["shortcode"], one["title"])]
        if len(found) != 1:
            raise pytest.UsageError(f"--project {wanted}: {choice(found, everything)}")
        self.project = Project(found[0]["id"], found[0]["title"])

    def projects(self) -> list[Any]:
        found: list[Any] = []
        cursor: dict[str, str] = {}
        for _ in range(MOST_PROJECT_PAGES):
            answer = self.asked("/projects", cursor)
            if not answer.is_success:
                raise pytest.UsageError(
                    f"--project: GET /projects answers {answer.status_code}, so none can be found."
                )
            page = body_of(answer)
            found += page["data"]
            if not page["meta"]["next_cursor"]:
                break
            cursor = {"page[cursor]": page["meta"]["next_cursor"]}
        return found


def root_of(url: str) -> str:
    """The URL of a server, without what every path of the service begins with."""
    return url.rstrip("/").removesuffix(PREFIX)


def choice(found: list[Any], everything: list[Any]) -> str:
    """What there is to choose from, where one project was wanted and none or several were found."""
    if found:
        return f"{len(found)} projects are called so, {listed(found)}: name one by its id."
    return f"no project has this id, shortcode or title; there are {listed(everything)}."


def listed(projects: list[Any]) -> str:
    named = [f"{Project(one['id'], one['title'])}" for one in projects[:NAMED]]
    rest = len(projects) - len(named)
    return ", ".join(named or ["none"]) + (f" and {rest} more" if rest else "")
