"""Sees to it that the browser tests have a Chromium: finds one, or installs Debian's."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome")
PACKAGES = ("chromium", "fonts-dejavu-core")
ADVICE = "Install Chromium, or set CHROMIUM to the path of one."


class NoBrowser(Exception):
    """There is no Chromium; the text is one line that says what to do."""


def find_browser() -> str:
    """The path of a Chromium that starts: $CHROMIUM, or else one on the PATH."""
    chosen = os.environ.get("CHROMIUM")
    for name in [chosen] if chosen else NAMES:
        path = shutil.which(name)
        if path and _starts(path):
            return path
    if chosen:
        raise NoBrowser(f"CHROMIUM is {chosen!r}, which is no browser that starts.")
    raise NoBrowser(f"The browser tests need Chromium, and there is none. {ADVICE}")


def _starts(path: str) -> bool:
    """Ubuntu has a chromium-browser that only tells people to install something else."""
    return subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0  # noqa: S603


def install_browser() -> None:
    """Debian's Chromium and one font; raises NoBrowser where that cannot be done."""
    if not shutil.which("apt-get"):
        raise NoBrowser(f"The browser tests need Chromium, and there is no apt-get. {ADVICE}")
    print("Installing Chromium for the browser tests (only once) ...", flush=True)  # noqa: T201
    # A third-party package list that cannot be read is no reason to give up here.
    _apt_get("update")
    done = _apt_get("install", "--yes", "--no-install-recommends", *PACKAGES)
    if done.returncode:
        reason = (done.stderr.strip() or f"exit status {done.returncode}").splitlines()[-1]
        raise NoBrowser(f"apt-get could not install Chromium: {reason} {ADVICE}")


def _apt_get(*arguments: str) -> subprocess.CompletedProcess[str]:
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if as_root and not shutil.which("sudo"):
        raise NoBrowser(f"Installing Chromium needs root or sudo. {ADVICE}")
    return subprocess.run(  # noqa: S603
        [
            *as_root,
            *("env", "DEBIAN_FRONTEND=noninteractive"),
            *("apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120"),
            *arguments,
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def main() -> None:
    try:
        try:
            find_browser()
        except NoBrowser:
            if os.environ.get("CHROMIUM"):
                raise
            install_browser()
            find_browser()
    except NoBrowser as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
