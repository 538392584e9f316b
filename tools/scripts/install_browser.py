"""Sees to it that the browser tests can run: finds a Chromium, or installs Debian's."""

import os
import shutil
import subprocess
import sys

from tools.scripts import apt

# The shell has the same engine and no windows: it takes half the time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
BROWSER_PACKAGES = ("chromium-headless-shell", "fonts-dejavu-core")
# Playwright brings a Node.js of its own, and that needs a library a small system may lack.
PLAYWRIGHT = (sys.executable, "-m", "playwright", "--version")
PLAYWRIGHT_PACKAGES = ("libatomic1",)
ADVICE = "Install Chromium, or set CHROMIUM to the path of one."


class NoBrowser(Exception):
    """There is no Chromium; the text is one line that says what to do."""


def find_browser() -> str:
    """The path of a Chromium that starts: $CHROMIUM, or else one on the PATH."""
    chosen = os.environ.get("CHROMIUM")
    for name in [chosen] if chosen else NAMES:
        path = shutil.which(name)
        if path and _starts(path, "--version"):
            return path
    if chosen:
        raise NoBrowser(f"CHROMIUM is {chosen!r}, which is no browser that starts.")
    raise NoBrowser(f"The browser tests need Chromium, and there is none. {ADVICE}")


def _starts(*command: str) -> bool:
    """Whether it runs at all: Ubuntu's chromium-browser only says what else to install."""
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603


def install(packages: list[str]) -> None:
    """Installs Debian packages; raises NoBrowser where that cannot be done."""
    print("Installing Chromium for the browser tests (only once) ...", flush=True)
    try:
        apt.install(*packages)
    except apt.CannotInstall as problem:
        raise NoBrowser(f"The browser tests need Chromium, and {problem}. {ADVICE}") from problem


def prepare() -> None:
    """Installs what is missing; raises NoBrowser when there is no browser in the end."""
    missing: list[str] = []
    try:
        find_browser()
    except NoBrowser:
        if os.environ.get("CHROMIUM"):
            raise
        missing += BROWSER_PACKAGES
    if not _starts(*PLAYWRIGHT):
        missing += PLAYWRIGHT_PACKAGES
    if missing:
        install(missing)
        find_browser()
        if not _starts(*PLAYWRIGHT):
            raise NoBrowser(f"Playwright does not start. Try: {' '.join(PLAYWRIGHT)}")


if __name__ == "__main__":
    try:
        prepare()
    except NoBrowser as problem:
        sys.exit(str(problem))
