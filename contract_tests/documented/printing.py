"""The report for people: in the terminal and as Markdown."""

from collections.abc import Iterator

from contract_tests.documented.findings import Findings, summary, told
from contract_tests.documented.reference import OPERATIONS
from contract_tests.documented.report import Report
from contract_tests.sentences import SENTENCES

MOST_LINES = 12
"""How many lines of one sentence the terminal shows."""
HEADINGS = ("operation", "verdict", "held", "differ", "not tried", "tests")


def as_text(report: Report) -> Iterator[str]:
    """The terminal's lines."""
    width = max(map(len, OPERATIONS))
    for name, findings in report.rows():
        yield f"{name:{width}}  {summary(findings)}"
        for sentence, lines in sorted(findings.differs.items()):
            yield f"  {sentence} ({SENTENCES[sentence].mark}) {told(sentence)}"
            yield from (f"    {line}" for line in lines[:MOST_LINES])
            if len(lines) > MOST_LINES:
                yield f"    and {len(lines) - MOST_LINES} more"
        yield from (f"  not tried: {why} ({', '.join(ids)})" for why, ids in findings.left_out().items())
    yield from report.remarks()
    yield f"{report.ran} tests ran; operations: {report.counts()}"


def as_markdown(report: Report) -> Iterator[str]:
    yield from ("# What the server does, against the documentation", "")
    yield from (f"- Server: {report.server}", f"- Date: {report.date}", f"- Operations: {report.counts()}")
    yield from (f"- Tests that ran: {report.ran}", "", row(*HEADINGS), row(*["---"] * len(HEADINGS)))
    for name, findings in report.rows():
        untried = {id for ids in findings.left_out().values() for id in ids}
        counts = (len(findings.kept), len(findings.differs), len(untried), findings.tests)
        yield row(name, findings.verdict, *map(str, counts))
    if remarks := list(report.remarks()):
        yield from ("", *(f"- {line}" for line in remarks))
    for name, findings in report.rows():
        yield from ("", f"## {name}", "", summary(findings))
        yield from sections(findings)


def sections(findings: Findings) -> Iterator[str]:
    """Every sentence of one operation, by what became of it."""
    for sentence, lines in sorted(findings.differs.items()):
        yield from ("", f"### differs: {sentence}", "")
        yield from (f"{SENTENCES[sentence].mark}: {told(sentence)}", "", "```", *lines, "```")
    for why, ids in findings.left_out().items():
        yield from ("", f"### not tried: {why}", "", *listed(ids))
    if findings.kept:
        yield from ("", "### held", "", *listed(findings.kept))


def listed(ids: list[str]) -> list[str]:
    return [f"- `{id}`: {told(id)}" for id in ids]


def row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def write(report: Report, path: str) -> None:
    text = report.as_json() if path.endswith(".json") else "\n".join(as_markdown(report))
    with open(path, "w", encoding="utf-8") as file:
        file.write(text + "\n")
