"""Random nonsense for every place of a request, from plain bytes to what nearly is a filter or a cursor."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote_from_bytes

from hypothesis import strategies as st

from contract_tests.properties import records
from contract_tests.properties.records import Json

OPERATIONS: dict[str, Json] = {one["operation"]: one for one in records.fixture("reference/operations.yaml")}
LISTS = [name for name, one in OPERATIONS.items() if one["answer"]["list"]]
WRITES = [name for name, one in OPERATIONS.items() if one["method"] not in ("GET", "DELETE")]
FIELDS = [field for one in OPERATIONS.values() if "body" in one for field in one["body"]["fields"]]
# The documentation names no field of a webhook.
KEYS = sorted({"url", "events", "client_id", "secret", "is_active", *(field["name"] for field in FIELDS)})
FINDING, LISTING = ("find_by", "origin"), ("sort", "include", "filter", "page[size]", "page[cursor]")
PARAMETERS = {
    name: (*(FINDING if "find_by" in one else ()), *(LISTING if one["answer"]["list"] else ()))
    for name, one in OPERATIONS.items()
    if "find_by" in one or one["answer"]["list"]
}
"""The parameters that each operation reads."""
SORTS: list[str] = OPERATIONS["tasks.index"]["sorts"]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW")

# --- words -----------------------------------------------------------------------------------------------

WORDS = (
    *("", " ", "0", "-", "--", ",", "*", "null", "[]", "{}", "[object Object]", "undefined", "NaN", "true"),
    *("1e999", "-1e999", "1e-999", "9" * 400, "-1", "1.9", "0x10", "\u0662", "\u00b2"),
    *("id", "me.id", "title", "-title,uri", "sort=-title", "../..", "..%2f", "\\", "'", '"', "' or 1=1 --"),
    *("\x00", "\r\n", "a\nb", "\u2028", "\ufeff", "\ud7ff\ue000", "\U0010ffff", "\u0130", "\ufdfa" * 20),
    *("<script>", "${7*7}", "%s%n"),
)
TOKENS = (
    *("title", "status", "due_date", "sub_tasks", "sub_tasks.count", "project.id", "no_such", ".", ".."),
    *("=", "!=", "<=", "eq", "in", "like", "isnull", "is", "not", "null", "and", "or", "any", "all", "none"),
    *("count", "(", ")", "[", "]", ",", '"', "'", '"x"', "'%_'", "5", "-1.5e3", "9" * 40, "1e999", "true"),
    *("today", "today+1d", "today-999999d", "today+9999999d", "me.id", "2026-01-01", '"2026-02-30"'),
    *("\\", "\x00", "\u00e9", "#", "--"),
)
NEARLY = (
    *(*FINDING, *LISTING, "page"),
    *("sort[]", "filter[]", "page[]", "page[size][]", "page[cursor][a]", "find_by[]", "origin[x]"),
    *("filter[0][field]", "filter[0][op]", "filter[0][value]", "filter[0][value][]", "filter[0]"),
    *("filter[and]", "filter[and][0][field]", "filter[or][][op]", "filter[x", "[filter]"),
    *("filter" + "[0]" * 70, "filter[\u0662][field]"),
)
BRACKETS = ("", "", "", "[]", "[a]", "[a][b]", "[0][]", "[", "]")
HEADER_VALUES = (
    *(b"Bearer", b"Bearer ", b"bearer x", b"Basic eDp4", b"Bearer kanbert-x", b"default", b"*"),
    *(b"[", b"[::1", b"a b", b"a:b", b"a.test:99999", b"text/json;", b"gzip", b"chunked", b"bytes=0-", b"0"),
    *(b"application/json; charset=\xff", b"a=b; c", b"100-continue", b"websocket", b"DELETE", b"9" * 400),
)
KNOWN_HEADERS = (
    *("Authorization", "Content-Type", "Host", "Accept", "Origin", "Access-Control-Request-Method", "Cookie"),
    *("Accept-Encoding", "Accept-Charset", "Content-Encoding", "Content-Length", "Expect", "Connection", "Upgrade"),
    *("X-Fake-World", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "X-HTTP-Method-Override", "Range"),
    *("If-None-Match", "If-Modified-Since", "Referer", "User-Agent", "Sec-Fetch-Mode", "Idempotency-Key"),
)
FILE = b'Content-Disposition: form-data; name="file"'
PIECES = (
    *(b"--x", b"--x\r\n", b"--x--", b"--x--\r\n", b"--y\r\n", b"\r\n", b"\r\n\r\n", b"\n"),
    *(b"a", b"\x00", b"\xff\xfe", b": ", b";", b'"', b"X" * 100),
    *(FILE + b'; filename="a.txt"\r\n', FILE + b"\r\n", FILE[:-1], b"Content-Disposition:\r\n"),
    b"Content-Disposition: form-data; name=file; filename*=utf-8''%ff\r\n",
    *(b"Content-Type: text/plain\r\n", b"Content-Type: \xff\r\n"),
)
BOUNDARIES = (b"x", b"", b'"x"', b"x; charset=\xff", b"y" * 200, b"\xe9", b"x, y")

# --- values ----------------------------------------------------------------------------------------------

SCALARS: st.SearchStrategy[Any] = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False)
SCALARS |= st.text() | st.sampled_from(WORDS) | st.sampled_from((10**400, -(10**400), 2**63, 2**64, 1e308, -0.0))
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)
BYTES = st.binary(max_size=40) | st.sampled_from(WORDS).map(str.encode) | st.text(max_size=20).map(str.encode)
# What a client library lets through in a header: no control characters, no blanks around it.
HEADERS = st.lists(st.sampled_from([*range(0x20, 0x7F), *range(0x80, 0x100)]), max_size=30).map(
    lambda codes: bytes(codes).strip()
)
TOKEN_CHARACTERS = "!#$%&'*+-.^_`|~09azAZ"
HEADER_NAMES = st.text(TOKEN_CHARACTERS, min_size=1, max_size=20)


def as_bytes(data: Any) -> bytes:
    return json.dumps(data).encode()


def cursor(data: Any) -> bytes:
    return base64.urlsafe_b64encode(as_bytes(data)).rstrip(b"=")


def encoded(name: bytes, value: bytes) -> str:
    return f"{quote_from_bytes(name)}={quote_from_bytes(value)}"


# --- filters, queries, bodies ----------------------------------------------------------------------------

TEXTS = st.builds(str.join, st.sampled_from((" ", "")), st.lists(st.sampled_from(TOKENS), max_size=12))
CONDITIONS = st.fixed_dictionaries(
    {"field": st.sampled_from(TOKENS), "op": st.sampled_from(TOKENS)}, optional={"value": VALUES, "more": SCALARS}
)
GROUPS = st.sampled_from(("and", "or", "not"))
TREES = st.recursive(
    CONDITIONS | VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(GROUPS, inner, max_size=2)
)
NAMES = st.sampled_from(NEARLY).map(str.encode) | BYTES
QUERY_VALUES = BYTES | TEXTS.map(str.encode) | TREES.map(as_bytes) | VALUES.map(cursor)
WORDS_OR_MORE = st.sampled_from(WORDS).map(str.encode) | QUERY_VALUES
QUERIES = st.lists(st.builds(encoded, NAMES, QUERY_VALUES), max_size=5).map("&".join)
QUERIES |= st.text("abt[]=&%+0189fF;,.filter", max_size=60)
BODIES = st.one_of(
    st.binary(max_size=60),
    VALUES.map(as_bytes),
    st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), VALUES, max_size=6).map(as_bytes),
    st.text('{}[]",:0eE-+.\\untrfalse \n', max_size=40).map(str.encode),
)
PARTS = st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join) | st.binary(max_size=60)

# --- repetition ------------------------------------------------------------------------------------------


def repeated(pieces: list[str], times: int) -> str:
    return "".join(pieces) * times


REPEATED = st.builds(
    repeated,
    st.lists(st.sampled_from([*TOKENS, "%", "_", "a", "\\\\", '\\"']), min_size=1, max_size=4),
    st.integers(1, 2000),
)
LONG = st.lists(REPEATED, min_size=1, max_size=3).map(lambda texts: "".join(texts)[:8000])
