"""The README's snippets that verify a signature: run as printed, against real deliveries."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from contract_tests.processes import ROOT, free_port
from contract_tests.webhooks.receiver import LONGEST, Receiver
from contract_tests.webhooks.webhook_server import SECRET, flush, running, subscribe
from contract_tests.writing import create

pytestmark = pytest.mark.proves("W2", "W14", "README: Verify the signature")

README = (ROOT / "README.md").read_text(encoding="utf-8")
TITLE = '\u00dcber https://example.com/a?b=1 \U0001f600 <b>"quoted"</b> \\'
MISCHIEF = ("wrong_signature", "old_secret", "cut_body")
"""What is played on the second delivery, the third and the fourth."""

Delivery = tuple[bytes, str]
"""Body and signature."""
Verify = Callable[[bytes, str], bool]


def snippet(language: str) -> str:
    """The README's code under the mark of a language."""
    found = re.search(rf"<!-- verify: {language} -->\n```\w+\n(.*?)```", README, re.DOTALL)
    assert found, f"README.md has no snippet marked with verify: {language}"
    return found[1]


@pytest.fixture(scope="module")
def deliveries() -> dict[str, Delivery]:
    """Of the same task, by what is wrong with them; the one with which nothing is wrong has no name."""
    tricks = [{"trick": trick, "nth": number} for number, trick in enumerate(MISCHIEF, 2)]
    with running(webhook_tries=1) as api, Receiver() as receiver:
        subscribe(api, receiver, mischief=tricks)
        task = create(api, TITLE)
        for _ in MISCHIEF:
            api.control("POST", "/trigger", {"event": "task:update", "id": task["id"]})
        flush(api)
        sent = [(one.body, one.header("Signature") or "") for one in receiver.received]
    return dict(zip(("", *MISCHIEF), sent, strict=True))


# ---------------------------------------------------------------- one way to run each


@contextmanager
def python() -> Iterator[Verify]:
    names: dict[str, Callable[[bytes, str, str], bool]] = {}
    exec(snippet("python"), names)
    yield lambda body, signature: names["is_genuine"](body, signature, SECRET)


@contextmanager
def php(directory: Path) -> Iterator[Verify]:
    path = directory / "hook.php"
    path.write_text(snippet("php"), encoding="utf-8")
    with started("php", "-S", f"127.0.0.1:{free_port()}", str(path)) as process:
        yield asking(said(process, r"Development Server \((http://\S+)\) started"))


@contextmanager
def node(directory: Path) -> Iterator[Verify]:
    path = directory / "hook.mjs"
    path.write_text(snippet("node"), encoding="utf-8")
    with started("node", str(path), PORT="0") as process:
        yield asking(said(process, r"(http://\S+)"))


@contextmanager
def started(*command: str, **variables: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        command,
        env={**os.environ, "KANBERT_SECRET": SECRET, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def said(process: "subprocess.Popen[str]", pattern: str) -> str:
    """What it says of where it listens, as soon as it does."""
    assert process.stdout
    lines = []
    for line in process.stdout:
        lines.append(line)
        if found := re.search(pattern, line):
            return found[1]
    raise AssertionError("".join(lines))


def asking(url: str) -> Verify:
    """Verifies by posting to a receiver: 2xx is yes, 401 is no."""

    def verify(body: bytes, signature: str) -> bool:
        headers = {"Content-Type": "application/json", "Signature": signature}
        answer = httpx2.post(url, content=body, headers=headers, timeout=LONGEST, verify=False, trust_env=False)
        assert answer.status_code in (200, 401), answer.text
        return answer.status_code == 200

    return verify


@pytest.fixture(scope="module", params=["python", "php", "node"])
def verify(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Verify]:
    language = request.param
    if language != "python" and shutil.which(language) is None:
        pytest.skip(f"needs {language}")
    directory = tmp_path_factory.mktemp("hooks")
    with python() if language == "python" else {"php": php, "node": node}[language](directory) as found:
        yield found


# ---------------------------------------------------------------- what they accept


def test_a_delivery_as_it_came_is_accepted(verify: Verify, deliveries: dict[str, Delivery]) -> None:
    body, signature = deliveries[""]
    assert json.loads(body)["data"]["title"] == TITLE
    assert verify(body, signature)


@pytest.mark.parametrize("trick", MISCHIEF)
def test_what_mischief_signs_or_cuts_is_refused(verify: Verify, deliveries: dict[str, Delivery], trick: str) -> None:
    assert not verify(*deliveries[trick])


@pytest.mark.parametrize(
    "encode",
    [
        lambda data: json.dumps(data),
        lambda data: json.dumps(data, separators=(",", ":")),
        lambda data: json.dumps(data, separators=(",", ":"), ensure_ascii=False),
    ],
    ids=["spaced", "escaped", "plain"],
)
def test_the_same_json_in_other_bytes_is_refused(
    verify: Verify, deliveries: dict[str, Delivery], encode: Callable[[object], str]
) -> None:
    body, signature = deliveries[""]
    again = encode(json.loads(body)).encode()
    assert again != body
    assert not verify(again, signature)


@pytest.mark.parametrize("made", [lambda _: "", lambda right: right[:-1], lambda right: right + "0", str.upper])
def test_no_other_text_passes_for_the_signature(
    verify: Verify, deliveries: dict[str, Delivery], made: Callable[[str], str]
) -> None:
    body, signature = deliveries[""]
    assert not verify(body, made(signature))
