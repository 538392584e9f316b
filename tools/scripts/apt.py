"""Installs what the tests need beside Python, where there is apt-get."""

import os
import shutil
import subprocess


class CannotInstall(Exception):
    """The text is the second half of a sentence: why it cannot be."""


def install(*packages: str) -> None:
    """Debian packages without what they recommend; raises CannotInstall."""
    if not shutil.which("apt-get"):
        raise CannotInstall("there is no apt-get to install it with")
    # A third-party package list that cannot be read is no reason to give up here.
    _apt_get("update")
    done = _apt_get("install", "--yes", "--no-install-recommends", *packages)
    if done.returncode:
        reason = (done.stderr.strip() or f"exit status {done.returncode}").splitlines()[-1]
        raise CannotInstall(f"apt-get could not install it ({reason})")


def run_as_root(*command: str) -> subprocess.CompletedProcess[str]:
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if as_root and not shutil.which("sudo"):
        raise CannotInstall("installing it needs root or sudo")
    return subprocess.run(  # noqa: S603
        [*as_root, *command], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )


def _apt_get(*arguments: str) -> subprocess.CompletedProcess[str]:
    return run_as_root(
        *("env", "DEBIAN_FRONTEND=noninteractive"),
        *("apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120"),
        *arguments,
    )
