"""The lists of packages that are installed: their versions, hashes and sources."""

import re
from pathlib import Path

import pytest

from tests.real_server import ROOT

PINNED = re.compile(r"^([a-z0-9._-]+)==(\S+)")
ENTRY = re.compile(r"^[a-z0-9._-]+==.*(?:\n {4}--hash=sha256:[0-9a-f]{64}.*)+", re.M)


def pins(path: Path) -> set[tuple[str, ...]]:
    lines = path.read_text().splitlines()
    return {found.groups() for line in lines if (found := PINNED.match(line))}


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_every_package_has_its_hashes_and_no_place_to_come_from(name: str) -> None:
    """Caught: a package that was added to the list by hand, without any hash."""
    text = (ROOT / f"{name}.txt").read_text()
    left = ENTRY.sub("", text)
    assert [line for line in left.splitlines() if line and not line.startswith("#")] == []
    assert "://" not in text
    assert pins(ROOT / f"{name}.in") <= pins(ROOT / f"{name}.txt")


def test_what_runs_is_what_is_tested() -> None:
    """Caught: two lists written on different days, with two versions of a package."""
    assert pins(ROOT / "requirements.txt") <= pins(ROOT / "requirements-dev.txt")


def test_nothing_is_installed_without_its_hash() -> None:
    installs = (ROOT / "tools/scripts/install_packages").read_text()
    assert re.findall(r"pip install .*", installs) == re.findall(
        r"pip install .* --require-hashes .*", installs
    )
