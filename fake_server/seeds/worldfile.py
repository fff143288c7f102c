"""A world's YAML file, read so that whatever is wrong can be said with its line."""

from pathlib import Path
from typing import Any

import yaml


class SeedError(Exception):
    """A world that cannot be loaded: where, and why."""


class Row(dict[str, Any]):
    """A mapping that knows its line, from 1, and those of its keys."""

    line = 0
    lines: dict[Any, int]


class Loader(yaml.CSafeLoader):
    """YAML's safe types, with lines."""


def construct_row(loader: Any, node: Any) -> Row:
    row = Row(loader.construct_mapping(node, deep=True))
    row.line = node.start_mark.line + 1
    row.lines = {}
    for key, _ in node.value:
        if key.value in row.lines:
            raise yaml.constructor.ConstructorError(None, None, f"{key.value} stands twice", key.start_mark)
        row.lines[key.value] = key.start_mark.line + 1
    return row


# A date stays the text that it is: YAML's own reading of an impossible one fails without a line.
Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_constructor("tag:yaml.org,2002:map", construct_row)


def read(path: Path) -> Row:
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader)
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}" if mark else str(path)
        raise SeedError(f"{place}: {getattr(error, 'problem', None) or error}.") from None
    if not isinstance(data, Row):
        raise SeedError(f"{path}:1: a world is a mapping from kinds of record to rows.")
    return data
