"""Records of any kind: made, read, changed, removed."""

from typing import Any

from fake_server.handle.control import Control, segment


class Records:
    """The verbs of a handle that are about records. They are silent: nobody is told by a webhook, unless `emit`.
    Where a field refers to another record, its id is given, or the record as such a verb gave it."""

    _control: Control

    def make(self, kind: str, /, *, emit: bool = False, **fields: Any) -> Any:
        """A new record; what is not given is made up, references too."""
        return self._control.ask("POST", f"/records/{segment(kind)}", ids(fields), told(emit))

    def get(self, kind: str, id: str, /) -> Any:
        """One record, with its own fields."""
        return self._control.ask("GET", one(kind, id))

    def all(self, kind: str, /, **fields: Any) -> list[Any]:
        """All records of a kind, or those whose fields have these values."""
        asked = {name: "null" if value is None else value for name, value in ids(fields).items()}
        return list(self._control.ask("GET", f"/records/{segment(kind)}", query=asked)["data"])

    def change(self, kind: str, id: str, /, *, emit: bool = False, **fields: Any) -> Any:
        """Changes these fields, and what follows from them; `emit`: receivers are told."""
        return self._control.ask("PATCH", one(kind, id), ids(fields), told(emit))

    def remove(self, kind: str, id: str, /, *, emit: bool = False) -> Any:
        """Removes it, and gives it as it was."""
        return self._control.ask("DELETE", one(kind, id), query=told(emit))


def one(kind: str, id: str) -> str:
    return f"/records/{segment(kind)}/{segment(id)}"


def told(emit: bool) -> dict[str, Any]:
    return {"emit": True} if emit else {}


def ids(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields, with ids in place of whole records."""
    return {
        name: [id_of(one) for one in value] if isinstance(value, list | tuple) else id_of(value)
        for name, value in fields.items()
    }


def id_of(value: Any) -> Any:
    return value["id"] if isinstance(value, dict) and "id" in value else value
