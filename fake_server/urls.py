"""URLs that can be asked over HTTP."""

import re
from urllib.parse import urlsplit

HOST = re.compile(r"[\w.:-]+")
"""A name or an address; IPv6 has colons."""
UNWRITABLE = re.compile(r"[\x00-\x20\x7f\\^`{|}<>\"]")
"""What no URL may have unescaped."""


def is_url(text: str) -> bool:
    """Whether a text is an absolute URL that can be asked over HTTP."""
    try:
        parts = urlsplit(text)
        known = parts.scheme in ("http", "https") and HOST.fullmatch(parts.hostname or "") and parts.port != 0
    except ValueError:
        return False
    return bool(known) and not UNWRITABLE.search(text) and not any(map(str.isspace, text))


def reached(host: str) -> str:
    """Where whoever listens on that address is asked: one for all addresses is none to ask."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


def url_of(host: str, port: int) -> str:
    """The URL at which whoever listens there is asked."""
    return url_at(reached(host), port)


def url_at(host: str, port: int) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
