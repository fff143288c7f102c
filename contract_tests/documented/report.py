"""What a run found out, operation by operation: verified, partly, differs, or not tried."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from contract_tests.documented.findings import UNSETTLED, Findings
from contract_tests.documented.reference import OPERATIONS
from contract_tests.sentences import documented

Json = dict[str, Any]
WHOLE = "the service as a whole"
"""What sentences are about that speak of no operation."""
DOCUMENTED = tuple(documented())
VERDICTS = ("verified", "partly", "differs", "not tried")


class Report:
    """All operations of the reference, and the service as a whole."""

    def __init__(self, server: str) -> None:
        self.server, self.date = server, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.operations = {name: Findings(sentences_of(name)) for name in OPERATIONS}
        self.whole = Findings(frozenset(one.id for one in DOCUMENTED if not one.operations))
        self.ran = 0
        self.seen: set[str] = set()
        self.earlier: list[str] = []
        self.left_behind: list[str] = []

    def rows(self) -> Iterator[tuple[str, Findings]]:
        yield from self.operations.items()
        yield WHOLE, self.whole

    def collected(self, operations: Iterable[str], sentences: Iterable[str]) -> None:
        """There is a test of these, whether it runs or not."""
        for findings, ids in self.about(operations, sentences):
            findings.collected |= {*ids}

    def passed(self, operations: Iterable[str], sentences: Iterable[str]) -> None:
        self.ran += 1
        for findings, ids in self.about(operations, sentences):
            findings.tests += 1
            findings.hold(ids)

    def failed(self, operations: Iterable[str], sentences: list[str], lines: Iterable[tuple[str, str]]) -> None:
        """`lines` with the sentence that each contradicts; the test may have ended before it came to the others."""
        self.ran += 1
        told = [(line, sentence or sentences[0]) for line, sentence in lines]
        for findings, ids in self.about(operations, sentences):
            findings.tests += 1
            findings.differ(told if findings is not self.whole else [one for one in told if one[1] in ids])
            findings.skip(UNSETTLED, ids)

    def skipped(self, operations: Iterable[str], sentences: Iterable[str], reason: str) -> None:
        for findings, ids in self.about(operations, sentences):
            findings.skip(reason, ids)

    def blamed(self, operation: str, lines: Iterable[tuple[str, str]]) -> None:
        """What a test found out about an operation that it only needed."""
        self.operations[operation].differ((line, sentence or f"{operation}.exists") for line, sentence in lines)

    def about(self, operations: Iterable[str], sentences: Iterable[str]) -> Iterator[tuple[Findings, list[str]]]:
        """The rows of the report that a test speaks of, each with its sentences."""
        ids = list(sentences)
        yield from ((self.operations[name], ids) for name in operations)
        if general := [id for id in ids if id in self.whole.expected]:
            yield self.whole, general

    # ------------------------------------------------------------ in all

    @property
    def differs(self) -> bool:
        return any(findings.differs for _, findings in self.rows())

    def counts(self) -> str:
        found = Counter(findings.verdict for findings in self.operations.values())
        return ", ".join(f"{found[verdict]} {verdict}" for verdict in VERDICTS)

    def remarks(self) -> Iterator[str]:
        yield from (f"seen: {line}" for line in sorted(self.seen))
        yield from (f"left by an earlier run: {line}" for line in self.earlier)
        yield from (f"left behind: {line}" for line in self.left_behind)

    def as_data(self) -> Json:
        return {
            "server": self.server,
            "date": self.date,
            "tests": self.ran,
            "operations": {name: findings.as_data() for name, findings in self.operations.items()},
            "service": self.whole.as_data(),
            "seen": sorted(self.seen),
            "left_by_earlier_runs": self.earlier,
            "left_behind": self.left_behind,
        }

    def as_json(self) -> str:
        return json.dumps(self.as_data(), indent=2, ensure_ascii=False)


def sentences_of(operation: str) -> frozenset[str]:
    """What the documentation says of an operation."""
    return frozenset(one.id for one in DOCUMENTED if operation in one.operations)
