"""A second opinion on filters: records in a table, a tree as SQL, so that nulls and patterns are SQLite's own."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from contract_tests.oracle import (
    TIMES,
    Context,
    Kinds,
    Record,
    Tree,
    canonical,
    collation_key,
    identity,
    instant,
    member_kinds,
    span,
)

OWN = ("id", "n", "owner", "is_sub_task")
"""Columns beside those of the filter table."""
SYMBOLS = {"eq": "=", "ne": "<>", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
DATES = {
    "eq": "({0} >= {1} AND {0} < {2})", "ne": "NOT ({0} >= {1} AND {0} < {2})", "lt": "{0} < {1}",
    "lte": "{0} < {2}", "gt": "{0} >= {2}", "gte": "{0} >= {1}",
}  # fmt: skip
TEXTS = {
    "contains": "instr({0}, {1}) > 0",
    "startswith": "substr({0}, 1, length({1})) = {1}",
    "endswith": "(length({1}) = 0 AND {0} IS NOT NULL OR substr({0}, -length({1})) = {1})",
    "like": "{0} LIKE {1} ESCAPE '\\'",
}
MEMBERS = {
    "any": "EXISTS (SELECT 1 FROM {0} WHERE owner = record.n AND ({1}))",
    "none": "NOT EXISTS (SELECT 1 FROM {0} WHERE owner = record.n AND ({1}))",
    "all": "NOT EXISTS (SELECT 1 FROM {0} WHERE owner = record.n AND ({1}) IS NOT TRUE)",
}
MODES = {"with": "1", "only": "is_sub_task", "without": "NOT is_sub_task"}


class Table:
    """Some records as tables: themselves, and the members of each relation."""

    def __init__(self, records: Sequence[Record], kinds: Kinds, context: Context) -> None:
        self.kinds, self.context = kinds, context
        # The collector, which lets go of it, runs in whichever thread is at work, and that may be a server's.
        self.database = sqlite3.connect(":memory:", check_same_thread=False)
        self.values: dict[str, Any] = {}
        """What the condition that is being written names."""
        self.fill("record", records, {name: kind for name, kind in kinds.items() if "relation" not in kind})
        for name in (name for name, kind in kinds.items() if kind == "relation"):
            members = [{**one, "owner": record["n"]} for record in records for one in record[name]]
            self.fill(name, members, member_kinds(kinds, f"{name}."))

    def __del__(self) -> None:
        self.database.close()

    def select(self, tree: Tree) -> list[str]:
        """The ids of the matching records, oldest first."""
        self.values.clear()
        where = self.condition(tree, self.kinds)
        found = self.database.execute(f"SELECT id FROM record WHERE {where} ORDER BY n", self.values)
        return [id for (id,) in found]

    def fill(self, table: str, rows: Sequence[Record], kinds: Kinds) -> None:
        names = [*OWN, *kinds]
        self.database.execute(f"CREATE TABLE {table} ({', '.join(map(quoted, names))})")
        cells = [[self.cell(row.get(name), kinds.get(name, "")) for name in names] for row in rows]
        self.database.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(names))})", cells)

    def cell(self, value: Any, kind: str) -> Any:
        if value is None or isinstance(value, list):
            return None
        if kind in TIMES:
            return instant(value, self.context.zone).timestamp()
        # SQLite's functions end a text at NUL.
        return collation_key(value).replace("\0", "\ue0ff") if kind == "string" else value

    def value(self, value: Any) -> str:
        name = f"v{len(self.values)}"
        self.values[name] = value
        return f":{name}"

    def condition(self, tree: Tree, kinds: Kinds) -> str:
        parts = tree if isinstance(tree, list) else tree.get("and", tree.get("or"))
        if parts is None:
            assert isinstance(tree, dict)
            return self.leaf(tree["field"], canonical(tree["op"]), tree.get("value"), kinds)
        word = " OR " if "or" in tree else " AND "
        return "(" + word.join(self.condition(part, kinds) for part in parts) + ")" if parts else "1"

    def leaf(self, field: str, op: str, wanted: Any, kinds: Kinds) -> str:
        kind = kinds.get(field)
        if kind is None:
            counted = f"(SELECT count(*) FROM {field.removesuffix('.count')} WHERE owner = record.n)"
            return f"{counted} {SYMBOLS[op]} {self.value(wanted)}"
        if kind == "relation":
            inner = "1" if wanted is None else self.condition(wanted, member_kinds(kinds, f"{field}."))
            return MEMBERS[op].format(field, inner)
        return MODES[wanted] if kind == "mode" else self.test(quoted(field), op, wanted, kind)

    def test(self, column: str, op: str, wanted: Any, kind: str) -> str:
        if op in ("isnull", "isnotnull") or (op in ("eq", "ne") and wanted is None):
            return f"{column} IS {'' if op in ('isnull', 'eq') else 'NOT '}NULL"
        if op in ("in", "nin"):
            members = " OR ".join(self.one(column, "eq", one, kind) for one in wanted) or "0"
            # Of an empty list SQLite says that nothing is in it, not even null.
            return f"({members})" if op == "in" else f"({column} IS NOT NULL AND NOT ({members}))"
        return self.one(column, op, wanted, kind)

    def one(self, column: str, op: str, wanted: Any, kind: str) -> str:
        if wanted is None:
            return "NULL"
        if kind in TIMES:
            start, end = (self.value(edge.timestamp()) for edge in span(wanted, self.context))
            return DATES[op].format(column, start, end)
        text = self.value(self.cell(identity(wanted, self.context), kind))
        return TEXTS[op].format(column, text) if op in TEXTS else f"{column} {SYMBOLS[op]} {text}"


def quoted(name: str) -> str:
    return f'"{name}"'
