"""openapi: the description of the service as faked, without a server."""

from collections.abc import Mapping, Sequence

from fake_server import settings
from fake_server.commands import files
from fake_server.commands.asking import Failed, Said, hint, line, tell
from fake_server.commands.switches import flags, parse


def openapi(arguments: Sequence[str], variables: Mapping[str, str]) -> int:
    known = flags("openapi")
    known.add_argument("--output", default=files.STANDARD, metavar="FILE", help="write it there (default: print it)")
    wanted = parse(known, arguments)
    content = described(settings.read([], variables).created_status)
    try:
        tell(put(wanted.output, content))
    except Failed as error:
        hint(str(error))
        return 1
    return 0


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
