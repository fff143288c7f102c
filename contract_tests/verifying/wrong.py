"""Servers that get one thing wrong, and what a verification must say of them."""

from typing import ClassVar

from contract_tests.verifying.runs import LIVE, URL
from contract_tests.verifying.servers import Exchange, Server

PROJECTS = {"small": "WEB", "demo": "HVW"}
Lines = dict[str, dict[str, list[str]]]


class Wrong:
    """One thing that is wrong; `tests` find it, and say so in exactly these lines."""

    tests: str
    differs: ClassVar[Lines]
    is_fake: ClassVar[bool] = False
    """Whether it says that it is a fake: there, more may be tried than of a live server."""
    world: ClassVar[str] = "small"

    def ask(self, exchange: Exchange) -> None:
        """Changes a request."""

    def tell(self, exchange: Exchange) -> None:
        """Changes an answer."""

    def server(self) -> Server:
        return Server(self.ask, self.tell, self.world, self.is_fake)

    @classmethod
    def options(cls) -> tuple[str, ...]:
        """How it is asked for all that may be asked of it."""
        if cls.is_fake:
            return ("--base-url", URL)
        return (*LIVE, "--allow-writes", "--project", PROJECTS[cls.world])
