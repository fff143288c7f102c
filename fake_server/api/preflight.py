"""What a browser asks before it lets a page ask: OPTIONS."""

from fake_server.api.refusals import refuse_unreadable
from fake_server.api.visit import Answer, Visit


def preflight(visit: Visit, allowed: list[str]) -> Answer:
    """For a path that there is, with its methods; a plain OPTIONS gets to know no more than these."""
    refuse_unreadable(visit.scope)
    asked = visit.headers
    if b"access-control-request-method" not in asked:
        return Answer(200, b"", {"Allow": ",".join(allowed)})
    return Answer(
        204,
        b"",
        {
            "Access-Control-Allow-Methods": asked[b"access-control-request-method"].decode("latin-1"),
            "Access-Control-Allow-Headers": asked.get(b"access-control-request-headers", b"*").decode("latin-1"),
            "Access-Control-Max-Age": "0",
            "Vary": "Access-Control-Request-Method, Access-Control-Request-Headers",
        },
    )
