"""The worlds of the server: made, listed, removed."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fake_server.handle.control import Control, Rows, segment

if TYPE_CHECKING:
    from fake_server.handle.world import Handle


class Worlds:
    """`begin`: makes a handle for a name and a token."""

    def __init__(self, control: Control, begin: "Callable[[str, str], Handle]") -> None:
        self._control, self._begin = control, begin

    def new(self, name: str | None = None, **fields: Any) -> "Handle":
        """The handle of a new world: of a seed (world, seed, tasks, now), of a `state`, or `from_` another world."""
        given = {"name": name, **{field.rstrip("_"): value for field, value in fields.items()}}
        wanted = {field: value for field, value in given.items() if value is not None}
        row = self._control.of_server("POST", "/worlds", wanted)
        return self._begin(row["name"], row["token"])

    def list(self) -> Rows:
        """All worlds of the server, each with name, token, url and size."""
        return list(self._control.of_server("GET", "/worlds")["data"])

    def rm(self, name: str) -> Any:
        """Removes it with everything in it; its tokens are good no longer."""
        return self._control.of_server("DELETE", f"/worlds/{segment(name)}")
