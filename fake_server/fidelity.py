"""What is answered, how it is known, and what can be asked, as Markdown: the tables of the README."""

from collections.abc import Iterator
from functools import cached_property
from inspect import getattr_static, signature
from pathlib import Path
from typing import Any

import yaml

from fake_server.app import Fake
from fake_server.control.routes import Control, described
from fake_server.flags import written
from fake_server.handle.world import Handle
from fake_server.resources import SECTIONS, UNFAKED
from fake_server.settings import Settings, flag, variable

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


def handle_table() -> str:
    """Every verb of the handle with its arguments and the first sentence about it."""
    lines = ["| verb | |", "|---|---|"]
    for name, verb in verbs(Handle):
        lines.append(f"| `kanbert.{name}` | {verb} |")
    return "\n".join(lines)


def verbs(owner: type, before: str = "") -> Iterator[tuple[str, str]]:
    """Methods and properties for users, those of groups such as clock behind them."""
    for name, member in sorted(members(owner), key=lambda found: found[0]):
        made = getattr(member, "func", None) or getattr(member, "fget", None)
        group = made.__annotations__.get("return") if made else None
        if isinstance(group, type) and group.__module__.startswith(Handle.__module__.rpartition(".")[0]):
            yield from verbs(group, f"{name}.")
        else:
            arguments = "" if made else shown_arguments(member)
            yield f"{before}{name}{arguments}", first_sentence(made or member)


def members(owner: type) -> Iterator[tuple[str, Any]]:
    for name in dir(owner):
        member = getattr_static(owner, name)
        if not name.startswith("_") and (callable(member) or isinstance(member, property | cached_property)):
            yield name, member


def shown_arguments(member: Any) -> str:
    parameters = [one for name, one in signature(member).parameters.items() if name != "self"]
    return f"({', '.join(str(one).partition(':')[0] for one in parameters)})"


def first_sentence(member: Any) -> str:
    text = " ".join((member.__doc__ or "").split())
    return text.partition(". ")[0].rstrip(".") + "." if text else ""
