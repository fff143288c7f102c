"""openapi: the description of the service as faked, without a server."""

from collections.abc import Mapping, Sequence

from fake_server.commands import files
from fake_server.commands.asking import Said, line, report
from fake_server.commands.switches import add_json, flags, parse
from fake_server.flags import read


def openapi(arguments: Sequence[str], variables: Mapping[str, str]) -> int:
    known = flags("openapi")
    known.add_argument("--output", default=files.STANDARD, metavar="FILE", help="write it there (default: print it)")
    add_json(known)
    wanted = parse(known, arguments)
    status = read([], variables).created_status
    # The document is one JSON value already.
    as_json = wanted.json and wanted.output != files.STANDARD
    return report(lambda: put(wanted.output, described(status)), as_json)


def put(file: str, content: bytes) -> Said:
    if file == files.STANDARD:
        return Said(None, content.decode().rstrip("\n"))
    files.write(file, content)
    row = {"file": file, "bytes": len(content)}
    return Said(row, line(row, *row))


def described(created_status: int) -> bytes:
    # Imported here: these are all declarations of the service.
    import orjson

    from fake_server.declare.openapi import describe
    from fake_server.resources import SECTIONS, SHAPES

    found = describe(SECTIONS, SHAPES, created_status)
    return orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
