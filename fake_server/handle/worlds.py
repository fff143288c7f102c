"""The worlds of the server: made, listed, removed."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fake_server.handle.asker import Asker, Rows, segment

if TYPE_CHECKING:
    from fake_server.handle.world import Handle


class Worlds:
    """`begin`: makes a handle for a name and a token."""

    def __init__(self, asker: Asker, begin: "Callable[[str, str], Handle]") -> None:
        self.asker, self.begin = asker, begin

    def new(self, name: str | None = None, **fields: Any) -> "Handle":
        """The handle of a new world: of a seed (world, seed, tasks, now), of a `state`, or `from_` another world."""
        given = {"name": name, **{field.rstrip("_"): value for field, value in fields.items()}}
        wanted = {field: value for field, value in given.items() if value is not None}
        row = self.asker.of_server("POST", "/worlds", wanted)
        return self.begin(row["name"], row["token"])

    def list(self) -> Rows:
        return list(self.asker.of_server("GET", "/worlds")["data"])

    def rm(self, name: str) -> Any:
        """Removes it with everything in it; its tokens are good no longer."""
        return self.asker.of_server("DELETE", f"/worlds/{segment(name)}")
