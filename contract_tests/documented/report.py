"""What a run found out, operation by operation: verified, differs, or not tried."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from contract_tests.documented.reference import OPERATIONS
from contract_tests.sentences import SENTENCES

Json = dict[str, Any]
NO_TEST = "no test ran"
UNSETTLED = "its test has found something else"
MOST_LINES = 12
"""How many lines of one sentence the terminal shows."""


@dataclass
class Findings:
    """What tests said of one operation, by sentence."""

    tests: int = 0
    held: dict[str, int] = field(default_factory=dict)
    differs: dict[str, list[str]] = field(default_factory=dict)
    untried: dict[str, list[str]] = field(default_factory=dict)
    """Sentences by the reason for which nothing tried them."""

    @property
    def verdict(self) -> str:
        return "differs" if self.differs else "verified" if self.held else "not tried"

    def hold(self, sentence: str) -> None:
        self.held[sentence] = self.held.get(sentence, 0) + 1

    def left_out(self) -> dict[str, list[str]]:
        """What no test has tried, by reason: another test may have."""
        known = {*self.held, *self.differs}
        reasons = {why: sorted({*ids} - known) for why, ids in self.untried.items()}
        found = {why: ids for why, ids in reasons.items() if ids}
        return found if found or known or self.tests else {NO_TEST: []}


class Report:
    """All operations of the reference."""

    def __init__(self, server: str) -> None:
        self.server = server
        self.operations = {name: Findings() for name in OPERATIONS}
        self.seen: set[str] = set()
        self.earlier: list[str] = []
        self.left_behind: list[str] = []

    def passed(self, operations: Iterable[str], sentences: Iterable[str]) -> None:
        for findings in self.about(operations):
            for sentence in sentences:
                findings.hold(sentence)

    def failed(self, operations: Iterable[str], sentences: list[str], lines: Iterable[tuple[str, str]]) -> None:
        """`lines` with the sentence that each contradicts; the test may have ended before it came to the others."""
        told = [(line, sentence or sentences[0]) for line, sentence in lines]
        for findings in self.about(operations):
            for line, sentence in dict.fromkeys(told):
                known = findings.differs.setdefault(sentence, [])
                known += [line] * (line not in known)
            findings.untried.setdefault(UNSETTLED, []).extend(sentences)

    def skipped(self, operations: Iterable[str], sentences: Iterable[str], reason: str) -> None:
        for findings in self.about(operations):
            findings.untried.setdefault(reason, []).extend(sentences)

    def about(self, operations: Iterable[str]) -> Iterator[Findings]:
        for name in operations:
            self.operations[name].tests += 1
            yield self.operations[name]

    # ------------------------------------------------------------ on paper

    def as_data(self) -> Json:
        return {
            "server": self.server,
            "operations": {name: data_of(findings) for name, findings in self.operations.items()},
            "seen": sorted(self.seen),
            "left_by_earlier_runs": self.earlier,
            "left_behind": self.left_behind,
        }

    def as_text(self) -> Iterator[str]:
        """The terminal's lines."""
        width = max(map(len, OPERATIONS))
        for name, findings in self.operations.items():
            yield f"{name:{width}}  {summary(findings)}"
            for sentence, lines in sorted(findings.differs.items()):
                yield f"  {sentence} ({SENTENCES[sentence].mark}) {told(sentence)}"
                yield from (f"    {line}" for line in lines[:MOST_LINES])
                if len(lines) > MOST_LINES:
                    yield f"    and {len(lines) - MOST_LINES} more"
            yield from (f"  not tried: {why}{counted(ids)}" for why, ids in rest(findings))
        yield from self.remarks()

    def remarks(self) -> Iterator[str]:
        yield from (f"seen: {line}" for line in sorted(self.seen))
        yield from (f"left by an earlier run: {line}" for line in self.earlier)
        yield from (f"left behind: {line}" for line in self.left_behind)

    def as_markdown(self) -> Iterator[str]:
        yield from ("# What the server does, against the documentation", "", f"Server: {self.server}", "")
        yield from ("| operation | | |", "|---|---|---|")
        for name, findings in self.operations.items():
            reasons = "; ".join(f"not tried: {why}{counted(ids)}" for why, ids in rest(findings))
            yield f"| `{name}` | {summary(findings)} | {reasons} |"
        for name, findings in self.operations.items():
            for sentence, lines in sorted(findings.differs.items()):
                yield from ("", f"## {name}: {sentence}", "")
                yield from (f"{SENTENCES[sentence].mark}: {told(sentence)}", "", "```", *lines, "```")
        if remarks := list(self.remarks()):
            yield from ("", *(f"- {line}" for line in remarks))

    def write(self, path: str) -> None:
        as_json = path.endswith(".json")
        text = json.dumps(self.as_data(), indent=2, ensure_ascii=False) if as_json else "\n".join(self.as_markdown())
        with open(path, "w", encoding="utf-8") as file:
            file.write(text + "\n")


def data_of(findings: Findings) -> Json:
    return {
        "verdict": findings.verdict,
        "tests": findings.tests,
        "held": sorted(findings.held.keys() - findings.differs.keys()),
        "differs": [
            {"id": id, "mark": SENTENCES[id].mark, "sentence": told(id), "page": SENTENCES[id].page, "lines": lines}
            for id, lines in sorted(findings.differs.items())
        ],
        "not_tried": [{"reason": why, "sentences": ids} for why, ids in findings.left_out().items()],
    }


def summary(findings: Findings) -> str:
    """The verdict and what stands behind it."""
    held = len(findings.held.keys() - findings.differs.keys())
    if findings.verdict == "not tried":
        return f"not tried: {'; '.join(findings.left_out())}"
    differing = f" in {len(findings.differs)}," if findings.differs else ":"
    return f"{findings.verdict}{differing} {held} sentences held, {findings.tests} tests"


def rest(findings: Findings) -> list[tuple[str, list[str]]]:
    """What was not tried of an operation of which something was."""
    return [] if findings.verdict == "not tried" else sorted(findings.left_out().items())


def counted(ids: list[str]) -> str:
    return f" ({', '.join(ids)})" if ids else ""


def told(sentence: str) -> str:
    return " ".join(SENTENCES[sentence].text.split())
