"""Whoever asks a running fake about one world."""

from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import quote

import orjson

from fake_server.handle.connection import PATIENCE, Connection, ControlError, parameters, unsendable, written

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Query = Mapping[str, Any]
Rows = list[Any]
"""What the fake lists. Where a class has a verb `list`, the type has no other name."""


class Control:
    """Asks about the world of a name, with its token. A token alone would lead to the default world once the server
    knows it no longer, as after a new start of it."""

    def __init__(self, connection: Connection, name: str, token: str | None = None) -> None:
        self.connection, self.name, self.known = connection, name, token

    @property
    def token(self) -> str:
        """The world's own token, which is asked for where nobody has told it yet."""
        if self.known is None:
            tokens = {row["name"]: str(row["token"]) for row in self.of_server("GET", "/worlds")["data"]}
            if self.name not in tokens:
                raise ControlError(404, "No such world", f"There is no world {self.name} any more.")
            self.known = tokens[self.name]
        return self.known

    def ask(
        self, method: Method, path: str, body: Any = None, query: Query | None = None,
        patience: float | None = PATIENCE,
    ) -> Any:  # fmt: skip
        """The JSON of an answer about the world; `body` is sent as JSON."""
        return orjson.loads(self.raw(method, path, None if body is None else written(body), query, patience=patience))

    def raw(
        self, method: Method, path: str, content: str | bytes | None = None, query: Query | None = None,
        content_type: str = "application/json", patience: float | None = PATIENCE,
    ) -> bytes:  # fmt: skip
        """An answer about the world as it came."""
        if query and "world" in query:
            why = f"world is no filter: this handle asks about the world {self.name} only."
            raise ControlError(422, "Reserved parameter", why)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": content_type}
        params = parameters({**(query or {}), "world": self.name})
        return self.connection.ask(method, path, params, content, headers, patience)

    def of_server(self, method: Method, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The JSON of an answer about the server and all of its worlds."""
        content = None if body is None else written(body)
        return orjson.loads(self.connection.ask(method, path, content=content))


def segment(text: object) -> str:
    """A text as a part of a path. ControlError: those that make another path of it."""
    part = str(text)
    if part in ("", ".", ".."):
        raise ControlError(422, "Invalid name", f"Nothing has the name or id {part!r}, which leads to another path.")
    try:
        return quote(part, safe="")
    except UnicodeEncodeError as error:
        raise unsendable(error) from None
