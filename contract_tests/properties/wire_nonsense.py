"""Nonsense for a connection: bytes that are nearly requests, one behind the other, in pieces of any size."""

from __future__ import annotations

from hypothesis import strategies as st

TASKS = b"GET /api/v1/tasks?page[size]=1 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer wire\r\n\r\n"
LINES = (
    *(b"GET /api/v1/tasks HTTP/1.1", b"POST /api/v1/tasks HTTP/1.1", b"PUT /_fake/state HTTP/1.1"),
    *(b"DELETE /api/v1/tasks/x HTTP/1.0", b"HEAD /api/v1/users HTTP/1.1", b"OPTIONS * HTTP/1.1"),
    *(b"POST /api/v1/tasks/x/upload HTTP/1.1", b"POST /_fake/flush HTTP/1.1", b"PRI * HTTP/2.0"),
    *(b"CONNECT a:1 HTTP/1.1", b"TRACE / HTTP/1.1", b"BREW /api/v1/tasks HTTP/1.1", b"get / http/1.1"),
    *(b"GET http://a/api/v1/tasks HTTP/1.1", b"GET http:///x HTTP/1.1", b"GET //[::1 HTTP/1.1", b"GET ? HTTP/1.1"),
    *(b"GET /api/v1/%ff HTTP/1.1", b"GET /api/v1/\xff HTTP/1.1", b"GET /a\x00b HTTP/1.1", b"GET /a b HTTP/1.1"),
    *(b"GET  /  HTTP/1.1", b"GET /api/v1/tasks", b"GET /api/v1/tasks HTTP/9.9", b"GET /#x HTTP/1.1", b"\x16\x03\x01"),
)
HEADERS = (
    *(b"Host: a", b"Host:", b"Host: [", b"Authorization: Bearer wire", b"Authorization: Bearer \xff\xfe"),
    *(b"Content-Type: application/json", b"Content-Type: multipart/form-data; boundary=x", b"Connection: close"),
    *(b"Content-Length: 2", b"Content-Length: 0", b"Content-Length: -1", b"Content-Length: +2", b"Content-Length: x"),
    *(b"Content-Length: 99999999999999999999", b"Content-Length: 2, 2", b"Content-Length: 1_0", b"Content-Length:"),
    *(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked, chunked", b"Transfer-Encoding: gzip, chunked"),
    *(b"Transfer-Encoding: identity", b"Transfer-Encoding:\x0bchunked", b"Trailer: X", b"TE: trailers"),
    *(b"Expect: 100-continue", b"Expect: x", b"Connection: keep-alive, close", b"Upgrade: websocket"),
    *(b"Connection: Upgrade", b"Sec-WebSocket-Key: x", b"X-Fake-World: \xc3\xa9", b": nameless", b"no colon"),
    *(b" folded", b"X: \x00", b"X: \x7f\x01", b"X\x00: y", b"X : y", b"\xff: y", b"X: " + b"y" * 5000, b""),
)
BODIES = (
    *(b"{}", b'{"title": "x"}', b"[", b"--x\r\n", b"--x--\r\n", b"0\r\n\r\n", b"2\r\n{}\r\n0\r\n\r\n", b"2\r\n{}"),
    *(b"2;a=b\r\n{}\r\n0\r\nX: y\r\n\r\n", b"zz\r\n", b"-1\r\n", b"ffffffffffffffff\r\n", b"2\r\n{}}\r\n", b"0" * 50),
    *(b"", b"\r\n", b"\x00" * 20, b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n", b"2\n{}\n0\n\n"),
)
ENDS = (b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r", b"\r\r\n")

MANY = st.builds(
    lambda line, times: [line] * times,
    st.sampled_from([one for one in HEADERS if len(one) < 99]),
    st.integers(2, 100),
)
HEADS = st.lists(st.sampled_from(HEADERS), max_size=6) | MANY


@st.composite
def nearly_requests(draw: st.DrawFn) -> bytes:
    """One that may lack something or have it twice."""
    end = draw(st.sampled_from(ENDS))
    lines = [draw(st.sampled_from(LINES)), *draw(HEADS), b"", draw(st.sampled_from(BODIES) | st.binary(max_size=30))]
    return end.join(lines)


STREAMS = st.lists(nearly_requests() | st.just(TASKS), min_size=1, max_size=4).map(b"".join)
STREAMS |= st.lists(st.sampled_from((*LINES, *HEADERS, *BODIES, *ENDS)), max_size=12).map(b"".join)
STREAMS |= st.binary(max_size=200)


@st.composite
def cut(draw: st.DrawFn, before: bytes = b"") -> list[bytes]:
    """A stream in up to three pieces."""
    stream = before + draw(STREAMS)
    places = sorted(draw(st.lists(st.integers(0, len(stream)), max_size=2)))
    return [stream[start:end] for start, end in zip([0, *places], [*places, len(stream)], strict=True)]
