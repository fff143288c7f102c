"""Requests as bytes, for whoever sends many at once and asks no HTTP library."""


def request(
    method: str, path: str, body: bytes = b"", token: str = "x", content_type: str = "application/json"
) -> bytes:
    about = f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n" if body else ""
    return f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n{about}\r\n".encode() + body
