"""What is answered, how it is known, and what can be asked, as Markdown: the tables of the README."""

from pathlib import Path

import yaml

from fake_server.app import Fake
from fake_server.control.routes import Control, described
from fake_server.resources import SECTIONS, UNFAKED
from fake_server.settings import Settings, flag, variable, written

ROWS = Path(__file__).parent.parent / "fixtures" / "reference" / "fidelity.yaml"


def coverage() -> str:
    """Every operation with its scope and evidence, then those that are not answered yet."""
    lines = ["| operation | | scope | evidence |", "|---|---|---|---|"]
    for section in SECTIONS:
        for operation in section.operations:
            scopes = ", ".join(f"`{scope}`" for scope in operation.scopes) or "none"
            evidence = operation.evidence
            how = f"{evidence.mark}: {evidence.source}" + (f"; {evidence.gap}" if evidence.gap else "")
            lines.append(f"| `{operation.method} {operation.path}` | {operation.name} | {scopes} | {how} |")
    missing = ", ".join(f"`{operation}`" for operation in UNFAKED)
    return "\n".join([*lines, "", f"Not answered yet (404, and the hint says so): {missing}."])


def fidelity() -> str:
    """Every decision where the documentation is silent or contradicts itself."""
    rows = yaml.safe_load(ROWS.read_text(encoding="utf-8"))
    lines = []
    for about in dict.fromkeys(row["about"] for row in rows):
        lines += [f"**{about}**", "", "| | question | what the fake does | how it is known |", "|---|---|---|---|"]
        for row in (row for row in rows if row["about"] == about):
            answer = " ".join(row["answer"].split()).replace("|", "\\|")
            lines.append(f"| {row['id']} | {row['question']} | {answer} | {row['mark']}: {row['source']} |")
        lines.append("")
    return "\n".join(lines).rstrip()


def settings_table() -> str:
    """Every switch with its variable, default and sentence."""
    lines = ["| flag | variable | default | |", "|---|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = "" if field.default in ("", None, []) else f"`{written(field.default)}`"
        lines.append(f"| `{flag(name)}` | `{variable(name)}` | {default} | {field.description} |")
    return "\n".join(lines)


def control_table() -> str:
    """Every route of the tester's hand, with its parameters and sentence."""
    lines = ["| route | |", "|---|---|"]
    for row in Control(Fake(Settings())).table:
        method, path, says, parameters = described(row)
        own = [f"{name}=" for name in parameters if name != "world"]
        query = f" `?{'&'.join(own)}`" if own else ""
        lines.append(f"| `{method} {path}`{query} | {says} |")
    return "\n".join(lines)
