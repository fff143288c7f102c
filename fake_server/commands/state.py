"""reset, export, import: a world as a whole."""

from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from fake_server.commands import files
from fake_server.commands.asking import Failed, Said, ask, line
from fake_server.commands.switches import add_format, add_world, flags, one_of, parse
from fake_server.handle.documents import Form, content_type, form_of, placed
from fake_server.settings import UsageError

if TYPE_CHECKING:
    from fake_server.handle.world import Handle

COUNTED = ("world", "tasks")


def reset(arguments: Sequence[str], variables: Mapping[str, str]) -> int:
    known = flags("reset")
    add_world(known)
    known.add_argument("--to", type=one_of("seed", "empty"), default="seed", help="seed (default) or empty")
    wanted = parse(known, arguments)
    return ask(
        wanted, variables, lambda handle: counted(handle._control.ask("POST", "/reset", query={"to": wanted.to}))
    )


def export(arguments: Sequence[str], variables: Mapping[str, str]) -> int:
    known = flags("export")
    add_world(known)
    add_format(known)
    known.add_argument("file", nargs="?", default=files.STANDARD, metavar="FILE", help="- or none: standard output")
    wanted = parse(known, arguments)
    form = form_of(wanted.file, wanted.format) or "json"
    if wanted.json and wanted.file == files.STANDARD and form == "yaml":
        raise UsageError("--json prints JSON, --format yaml asks for YAML; give one of them.")
    return ask(wanted, variables, lambda handle: exported(handle, wanted.file, form))


def exported(handle: "Handle", file: str, form: Form) -> Said:
    content = handle._control.raw("GET", "/state", query={"format": form})
    if file == files.STANDARD:
        return Said(orjson.loads(content) if form == "json" else None, content.decode().rstrip("\n"))
    files.write(file, content)
    row = {"file": file, "format": form, "bytes": len(content), "world": handle.name}
    return Said(row, line(row, *row))


def import_(arguments: Sequence[str], variables: Mapping[str, str]) -> int:
    known = flags("import")
    add_world(known)
    add_format(known)
    known.add_argument("file", metavar="FILE", help="JSON or YAML as export writes it; -: standard input")
    wanted = parse(known, arguments)
    return ask(wanted, variables, lambda handle: imported(handle, wanted))


def imported(handle: "Handle", wanted: Namespace) -> Said:
    from fake_server.handle.connection import ControlError

    content, kind = files.read(wanted.file), content_type(form_of(wanted.file, wanted.format))
    try:
        return counted(orjson.loads(handle._control.raw("PUT", "/state", content, content_type=kind)))
    except ControlError as error:
        raise Failed(placed(str(error), wanted.file)) from None


def counted(row: Any) -> Said:
    return Said(row, line(row, *COUNTED))
