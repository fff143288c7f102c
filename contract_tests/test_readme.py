"""The README works as printed: every curl example, in order, against the demo world."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from fake_server.server import FakeServer

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PRINTED = "http://127.0.0.1:5262"
CREATED = re.compile(r"-X POST \S*/_fake/(tokens|webhooks) ")
BLOCKS = re.findall(r"(?:<!-- answers (\d+) -->\n)?```sh\n(.*?)```", README, re.DOTALL)
COMMANDS = [
    (command, int(status or (201 if CREATED.search(command) else 200)))
    for status, block in BLOCKS
    for command in block.replace("\\\n", "").splitlines()
    if command.startswith("curl")
]


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_every_curl_example_answers_as_printed() -> None:
    with FakeServer(world="demo") as fake:
        answers = [(command, answered(command, fake.base_url)) for command, _ in COMMANDS]
    assert len(answers) > 12
    assert answers == COMMANDS


def answered(command: str, base_url: str) -> int:
    """The status that a printed command gets from the server at `base_url`."""
    asked = command.replace(PRINTED, base_url) + " -o /dev/null -w '%{http_code}'"
    done = subprocess.run(["bash", "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    return int(done.stdout[-3:])
