"""Tokens in headers: what one can be, and the one that the control routes may ask for."""

import re

CONTROL_TOKEN = "X-Fake-Control-Token"
"""Carries the token of a server whose control routes ask for one. The bearer token chooses the world."""
TEXT = re.compile(r"[\x21-\x7e]{1,4096}")
RULE = "1 to 4096 printable ASCII characters and no space"
"""What `TEXT` says, in words."""
UNSENDABLE = f"The control token cannot be sent: it has {RULE}."


def control_headers(token: str | None) -> dict[str, str]:
    """What every call of the control routes carries."""
    return {CONTROL_TOKEN: token} if token else {}


def is_token(text: str) -> bool:
    """Whether a header can carry it as a token, the caller's or that of the control routes."""
    return TEXT.fullmatch(text) is not None
