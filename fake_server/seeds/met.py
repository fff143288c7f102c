"""Whom a document has named so far: its refs and ids, and whether any is above itself."""

from itertools import islice

from fake_server.errors import did_you_mean
from fake_server.seeds.rows import Row
from fake_server.store.kind import Kind, Record
from fake_server.store.store import Store

MOST_NEAR = 5000
"""Names among which the nearest is looked for."""


class Met:
    """The records of a document, by a ref above or by an id anywhere."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.refs: dict[tuple[str, str], int] = {}
        self.given: dict[tuple[str, int], Row] = {}
        """The rows whose ids are given, also those further below."""

    def ways(self, _: str) -> tuple[str, ...]:
        return "ref", "id"

    def key(self, kind: str, name: str) -> int | None:
        key = self.refs.get((kind, name))
        if key is not None:
            return key
        key = self.store.ids.key(kind, name)
        return key if key is not None and ((kind, key) in self.given or self.store.get(kind, key)) else None

    def missing(self, kind: str, name: str) -> str:
        known = [ref for other, ref in self.refs if other == kind]
        known += [self.store.ids.text(kind, key) for other, key in islice(self.given, MOST_NEAR) if other == kind]
        return f"there is no {kind} {name[:80]} above; {did_you_mean(name, known[:MOST_NEAR])}"

    def above_itself(self) -> tuple[str, Row] | None:
        """The first that is, and its kind: what walks upwards would never end."""
        fine: set[tuple[str, int]] = set()
        for kind, key in self.given:
            way: dict[tuple[str, int], None] = {}
            found = self.store.kinds[kind]
            here: int | None = key
            while here is not None and (kind, here) not in fine:
                if (kind, here) in way:
                    return kind, self.given[kind, here]
                way[kind, here] = None
                here = above(found, self.store.rows(kind)[here])
            fine.update(way)
        return None


def above(kind: Kind, record: Record) -> int | None:
    """The key of what a record of the same kind ends with."""
    fields = [field for field in kind.ends_with if kind.refs[field] == kind.name]
    return getattr(record, fields[0]) if fields else None


def circle(store: Store, kind: Kind, record: Record) -> bool:
    """Whether a record is above itself by what it ends with."""
    seen = {record.key}
    here = above(kind, record)
    while here is not None and here not in seen:
        seen.add(here)
        found = store.get(kind.name, here)
        here = None if found is None else above(kind, found)
    return here is not None and here == int(record.key)
