"""The records of every list with what they sort by, as they are read and as the seed has them."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from contract_tests.client import Api
from contract_tests.declared import LISTINGS, path_of
from contract_tests.oracle import Kinds, Record, ordered

SEED = yaml.safe_load((Path(__file__).parents[2] / "fixtures" / "worlds" / "demo.yaml").read_text())
KINDS = {
    "text": "string", "code": "enum", "instant": "datetime", "date": "date", "number": "number", "flag": "boolean",
}  # fmt: skip
ALIASES = ("planned_hours", "budget", "nothing")


def sorts_of(name: str) -> dict[str, str]:
    """What a list sorts by, and what the values are."""
    listing = LISTINGS[name].listing
    assert listing is not None
    families = {f"{family}.{alias}": KINDS[kind] for family, kind in listing.aliased.items() for alias in ALIASES}
    return {column: KINDS[known.values] for column, known in listing.sorts.items()} | families


SORTS = {name: sorts_of(name) for name in LISTINGS if sorts_of(name)}


class Everything(NamedTuple):
    """All records of a list in creation order, as they are printed and with what they sort by."""

    data: list[dict[str, Any]]
    records: list[Record]
    kinds: Kinds

    def ids(self, sorts: list[str]) -> list[str]:
        return ordered(self.records, sorts, self.kinds)


def stocked(api: Api, name: str) -> Api:
    """The world with something in the list, because no seed has webhooks."""
    for n, path in enumerate("bAaäcBab" if name == "webhooks.index" else ""):
        api.control("POST", "/clock/freeze", {"at": f"2026-03-1{3 + n // 3}T08:00:00Z"})
        body = {"url": f"https://a.test/{path}", "is_active": n % 3 > 0, "events": ["task:*"]}
        assert api.post("/webhooks", {**body, "project_id": api.data("/projects")[0]["id"]}).status_code == 200
    return api


def everything(api: Api, name: str) -> Everything:
    data = list(api.walk(path_of(api, LISTINGS[name])))
    hidden = seeded_times() if name == "projects.index" else {}
    kinds = SORTS[name]
    records: list[Record] = [
        {"id": one["id"], "n": n} | {sort: sort_value(one, sort, hidden) for sort in kinds}
        for n, one in enumerate(data)
    ]
    return Everything(data, records, kinds)


def sort_value(record: Mapping[str, Any], sort: str, hidden: Mapping[str, Any]) -> Any:
    """The record's value under the printed name; what a project does not print comes from the seed."""
    outer, _, alias = sort.partition(".")
    if outer in record:
        return record[outer].get(alias) if alias else record[outer]
    return hidden[record["shortcode"]][sort]


def seeded_times() -> dict[str, dict[str, str]]:
    """When each project was created and changed: `-410d 09:00` as a date-time that keeps the order."""

    def moment(text: str) -> str:
        days, clock = re.fullmatch(r"-(\d+)d (\d\d:\d\d)", text).groups()  # type: ignore[union-attr]
        return f"{9000 - int(days):04}-01-01T{clock}:00Z"

    times = ("created_at", "updated_at")
    return {row["shortcode"]: {name: moment(row[name]) for name in times} for row in SEED["projects"]}


def walked(api: Api, name: str, params: Any) -> list[str]:
    return [record["id"] for record in api.walk(path_of(api, LISTINGS[name]), params)]
