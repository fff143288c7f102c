"""What there is to remark about an integration: each thing once, with how often it was seen and the first example."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from fake_server.journal import Entry

MOST_REMARKS = 500
"""Of one world: clients choose names and paths, and somebody has to read this."""
LONGEST_PATH = 200


class Example(NamedTuple):
    """A request as somebody finds it in the journal, or recognises it when that is gone."""

    world: str
    request: str
    method: str
    path: str


@dataclass(eq=False)
class Remark:
    says: str
    example: Example
    count: int = 0


@dataclass(eq=False)
class Remarks:
    """The remarks about one world, by their kind and what they are about."""

    world: str
    rows: dict[tuple[str, str], Remark] = field(default_factory=dict)

    def note(
        self, kind: str, about: str, says: Callable[[], str], example: Entry | Example, count: int = 1
    ) -> None:  # fmt: skip
        """Counts what was seen; `says` is asked for its sentence the first time."""
        row = self.rows.get((kind, about))
        if row is None:
            if len(self.rows) >= MOST_REMARKS:
                return
            shown = example if isinstance(example, Example) else self.example(example)
            row = self.rows[kind, about] = Remark(says(), shown)
        row.count += count

    def example(self, entry: Entry) -> Example:
        query = entry.raw_query.decode("latin-1")
        path = f"{entry.path}?{query}" if query else entry.path
        return Example(self.world, str(entry.number), entry.method, path[:LONGEST_PATH])

    def shown(self) -> list[dict[str, Any]]:
        return [
            {"kind": kind, "about": about, "says": row.says, "count": row.count, "example": row.example._asdict()}
            for (kind, about), row in self.rows.items()
        ]
