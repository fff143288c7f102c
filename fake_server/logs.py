"""The log of a process that serves, on stderr."""

import logging

import orjson

log = logging.getLogger("fake_server")


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        data = {"level": record.levelname.lower(), "message": record.getMessage()}
        if record.exc_info:
            data["trace"] = self.formatException(record.exc_info)
        return orjson.dumps(data).decode()


def start_logging(form: str) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if form == "json" else logging.Formatter("%(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
