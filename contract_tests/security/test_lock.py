"""The locks of the image: hashes for everything, no word of where it comes from, and fresh against pyproject.toml."""

import re
import tomllib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from contract_tests.processes import ROOT

pytestmark = pytest.mark.proves("README: The image")

LOCKS = ("requirements", "build")
PINNED = re.compile(r"([a-z0-9-]+)==([0-9][0-9a-z.]*)( ; [^\\]+)? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
REMARK = re.compile(r" *#( +[A-Za-z0-9 .:/()-]+)?")
IMAGE = {"platform_system": "Linux", "sys_platform": "linux", "os_name": "posix", "python_version": "3.11"}


def lines(lock: str) -> list[str]:
    return (ROOT / ".image" / f"{lock}.lock").read_text(encoding="utf-8").splitlines()


def pinned(lock: str) -> dict[str, str]:
    """Name -> version."""
    return {found[1]: found[2] for line in lines(lock) if (found := PINNED.fullmatch(line))}


def wanted(lock: str) -> list[str]:
    """What pyproject.toml asks for, as requirements."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = project["project"]["dependencies"] if lock == "requirements" else project["build-system"]["requires"]
    return list(asked)


def missing(asked: Iterable[str], versions: dict[str, str]) -> list[str]:
    """Requirements of the image that these versions do not meet."""
    known = [Requirement(one) for one in asked]
    needed = [one for one in known if one.marker is None or one.marker.evaluate({**IMAGE, "extra": ""})]
    return [str(one) for one in needed if not meets(versions.get(canonicalize_name(one.name)), one)]


def meets(version: str | None, asked: Requirement) -> bool:
    return version is not None and asked.specifier.contains(version)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_is_a_version_a_hash_or_a_remark(lock: str) -> None:
    """So there is no line that names an index, a URL, or a package without its version."""
    strange = [line for line in lines(lock) if not any(form.fullmatch(line) for form in (PINNED, HASH, REMARK))]
    assert strange == []
    assert not re.search(r"://|index|www\.|\.org|\.com", "\n".join(lines(lock)))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_version_has_hashes(lock: str) -> None:
    for line, following in zip(lines(lock), [*lines(lock)[1:], ""], strict=True):
        if PINNED.fullmatch(line):
            assert HASH.fullmatch(following), line


@pytest.mark.parametrize("lock", LOCKS)
def test_it_has_what_pyproject_asks_for(lock: str) -> None:
    assert wanted(lock)
    assert missing(wanted(lock), pinned(lock)) == [], "renew it by .image/renew"


@pytest.mark.parametrize("lock", LOCKS)
def test_it_has_what_that_needs_in_turn(lock: str) -> None:
    """As far as the same versions are installed here, which say what they need."""
    versions, looked_at = pinned(lock), 0
    for name, version in versions.items():
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue
        if found.version == version:
            looked_at += 1
            assert missing(found.requires or [], versions) == [], name
    if not looked_at:
        pytest.skip("none of these versions is installed here")


def test_a_requirement_that_is_not_met_is_found() -> None:
    versions = {"starlette": "1.10.0", "uvloop": "0.10"}
    asked = ["starlette>=1.0", "starlette>=2", "uvloop>=0.21; os_name != 'nt'", "nothing", "no; os_name == 'nt'"]
    assert missing(asked, versions) == ["starlette>=2", 'uvloop>=0.21; os_name != "nt"', "nothing"]


def test_the_image_installs_nothing_else() -> None:
    """Each step of the Dockerfile that installs takes a lock with its hashes, or nothing from outside."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    steps = re.findall(r"/pip (?:install|wheel|download).*?(?=&&|$)", text, re.MULTILINE)
    assert len(steps) == 4
    assert [step for step in steps if "--require-hashes -r .image/" not in step and "--no-index" not in step] == []
