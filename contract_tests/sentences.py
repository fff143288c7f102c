"""What a test may prove: sentences of the documentation, decisions where it is silent, headings of our own page."""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from contract_tests.transcription import transcribed

ROOT = Path(__file__).parents[1]
ELSEWHERE = Path(__file__).parent / "integration"
"""An example of somebody else's suite: it tests a sync, not the fake."""


@dataclass(frozen=True)
class Sentence:
    id: str
    operations: tuple[str, ...]
    text: str
    page: str
    mark: str
    unproved: str = ""
    """Why no test here can prove it."""


def documented() -> Iterator[Sentence]:
    for row in transcribed("sentences"):
        texts = row["sentence"], row["page"], row["mark"], row.get("unproved", "")
        yield Sentence(row["id"], tuple(row["operations"]), *texts)


def decided() -> Iterator[Sentence]:
    for row in transcribed("fidelity"):
        yield Sentence(row["id"], (), row["answer"], row["source"], row["mark"])


def promised() -> Iterator[Sentence]:
    fenced = False
    for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines():
        fenced ^= line.startswith("```")
        if line.startswith("##") and not fenced:
            heading = line.lstrip("# ").rstrip()
            yield Sentence(f"README: {heading}", (), heading, "README.md", "ours")


SENTENCES = {one.id: one for one in (*documented(), *decided(), *promised())}


def proved_by(item: pytest.Item) -> Iterator[str]:
    for mark in item.iter_markers("proves"):
        yield from mark.args


def faults(items: Iterable[pytest.Item]) -> Iterator[str]:
    """One line for each test that says nothing of what it proves, or that it proves what nobody said."""
    for item in items:
        ids, name = list(proved_by(item)), item.nodeid.partition("[")[0]
        if not ids:
            yield f"{name} proves nothing: mark it with proves(...), by an id of contract_tests/sentences.py"
        for id in ids:
            if id not in SENTENCES:
                near = ", ".join(difflib.get_close_matches(id, SENTENCES, n=3, cutoff=0.4)) or "nothing"
                yield f"{name} proves {id!r}, which no page says; near it: {near}"


def asked(item: pytest.Item) -> bool:
    return Path(__file__).parent in item.path.parents and ELSEWHERE not in item.path.parents


def refusing_unproved(report: pytest.CollectReport) -> pytest.CollectReport:
    """An error of the file that has such a test: of this, unlike of a UsageError, xdist tells, too."""
    items = [node for node in report.result or () if isinstance(node, pytest.Item) and asked(node)]
    if found := list(dict.fromkeys(faults(items))):
        report.outcome, report.longrepr, report.result = "failed", "\n".join(found), []
    return report
