"""What tests said of one operation, or of the service as a whole, sentence by sentence."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from contract_tests.sentences import SENTENCES

Json = dict[str, Any]
NO_TEST = "its test did not run"
UNASKED = "no test here asks it"
UNSETTLED = "its test has found something else"
DELIVERED = "what is delivered is tried against the fake only"
"""Of sentences about deliveries: a server elsewhere cannot reach whoever asks it."""


@dataclass
class Findings:
    """`expected` are the sentences that the documentation has of it, `collected` those of which there are tests."""

    expected: frozenset[str] = frozenset()
    collected: set[str] = field(default_factory=set)
    tests: int = 0
    """How many tests ran, without those that were skipped."""
    held: dict[str, int] = field(default_factory=dict)
    differs: dict[str, list[str]] = field(default_factory=dict)
    untried: dict[str, list[str]] = field(default_factory=dict)
    """Sentences by the reason for which nothing tried them."""

    @property
    def verdict(self) -> str:
        if self.differs:
            return "differs"
        return "not tried" if not self.held else "partly" if self.left_out() else "verified"

    @property
    def kept(self) -> list[str]:
        """What held, and was contradicted by no other test."""
        return sorted(self.held.keys() - self.differs.keys())

    @property
    def sentences(self) -> set[str]:
        """All of which a test or the documentation speaks."""
        tried = {id for ids in self.untried.values() for id in ids}
        return {*self.expected, *self.collected, *self.held, *self.differs, *tried}

    def hold(self, sentences: Iterable[str]) -> None:
        for sentence in sentences:
            self.held[sentence] = self.held.get(sentence, 0) + 1

    def differ(self, lines: Iterable[tuple[str, str]]) -> None:
        """Takes lines with the sentence that each contradicts."""
        for line, sentence in lines:
            known = self.differs.setdefault(sentence, [])
            known += [line] * (line not in known)

    def skip(self, reason: str, sentences: Iterable[str]) -> None:
        self.untried.setdefault(reason, []).extend(sentences)

    def left_out(self) -> dict[str, list[str]]:
        """What no test has tried, by reason; a sentence that several tests left out has the reasons of all."""
        settled = {*self.held, *self.differs}
        reasons = {why: sorted({*ids} - settled) for why, ids in self.untried.items()}
        for id in sorted(self.sentences - settled - {id for ids in reasons.values() for id in ids}):
            reasons.setdefault(self.silence(id), []).append(id)
        return {why: ids for why, ids in sorted(reasons.items()) if ids}

    def silence(self, sentence: str) -> str:
        """Why no test said anything of a sentence."""
        if sentence in self.collected:
            return NO_TEST
        if sentence.startswith("webhooks.") and not SENTENCES[sentence].operations:
            return DELIVERED
        return SENTENCES[sentence].unproved or UNASKED

    def as_data(self) -> Json:
        return {
            "verdict": self.verdict,
            "tests": self.tests,
            "sentences": len(self.sentences),
            "held": self.kept,
            "differs": [
                {
                    "id": id,
                    "mark": SENTENCES[id].mark,
                    "sentence": told(id),
                    "page": SENTENCES[id].page,
                    "lines": lines,
                }
                for id, lines in sorted(self.differs.items())
            ],
            "not_tried": [{"reason": why, "sentences": ids} for why, ids in self.left_out().items()],
        }


def told(sentence: str) -> str:
    return " ".join(SENTENCES[sentence].text.split())


def summary(findings: Findings) -> str:
    """The verdict and what stands behind it."""
    differing = f" in {len(findings.differs)}" if findings.differs else ""
    held = f"{len(findings.kept)} of {len(findings.sentences)} sentences"
    return f"{findings.verdict}{differing}: {held}, {findings.tests} tests"
