"""What differs between two stores: records made, changed and removed."""

from collections.abc import Iterator
from typing import NamedTuple

from fake_server.store.lookups import differing
from fake_server.store.store import Change, Store


class Difference(NamedTuple):
    """Records by what became of them, in the order of their kinds."""

    created: list[Change]
    changed: list[Change]
    removed: list[Change]


def difference(before: Store, after: Store) -> Difference:
    """From one store to another that began with the same records. Records are never changed in place: one that is
    the same object needs no second look."""
    changes = [change for kind in after.kinds for change in changes_of(kind, before, after)]
    return Difference(
        [one for one in changes if one.before is None],
        [one for one in changes if one.before is not None and one.after is not None],
        [one for one in changes if one.after is None],
    )


def changes_of(kind: str, before: Store, after: Store) -> Iterator[Change]:
    was, now = before.rows(kind), after.rows(kind)
    for key, record in now.items():
        old = was.get(key)
        if old is not record and old != record:
            yield Change(kind, old, record)
    for key, record in was.items():
        if key not in now:
            yield Change(kind, record, None)


def fields(change: Change) -> list[str]:
    """The fields in which a changed record differs, in their order."""
    names = differing(change.before, change.after)
    return [name for name in change.record._fields if name in names]
