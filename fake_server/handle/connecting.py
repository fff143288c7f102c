"""connect: the handle of a fake that runs already."""

import orjson

from fake_server.handle.connection import Connection, NotRunning, parameters
from fake_server.handle.control import Control
from fake_server.handle.world import Handle
from fake_server.urls import is_url


class Connected(Handle):
    """A handle that has its connection for itself."""

    def close(self) -> None:
        super().close()
        self._control.connection.close()


def connect(url: str, token: str | None = None, world: str | None = None, control_token: str | None = None) -> Handle:
    """The handle of a running fake's world: the one named, else that of the token, else the default one.

    `url`: where the fake is, or its API (.../api/v1). `control_token`: for a fake that asks for one. NotRunning where
    none answers; ControlError where it has no such world, or the token belongs to another."""
    base_url = url.strip().rstrip("/").removesuffix("/api/v1").rstrip("/")
    if not is_url(base_url):
        raise NotRunning(f"No fake can be at {url[:80]!r}: that is no URL; http://127.0.0.1:5262 is one.")
    connection = Connection(base_url, control_token)
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    said = connection.ask("GET", "/ready", parameters({"world": world}), headers=headers)
    try:
        return Connected(Control(connection, orjson.loads(said)["world"]), token)
    except (ValueError, LookupError, TypeError):
        raise NotRunning(f"What answers at {base_url} is no fake of Kanbert.") from None
