"""Sees to it that the tests have an nginx to start: finds one, or installs Debian's."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools.scripts import apt

# Debian keeps it where only root's PATH leads.
ON_DEBIAN = "/usr/sbin/nginx"
# What packages ask before they start a service of the system's own.
POLICY = Path("/usr/sbin/policy-rc.d")
ADVICE = "Install nginx, or set NGINX to the path of one."


class NoNginx(Exception):
    """There is no nginx; the text is one line that says what to do."""


def find_nginx() -> str:
    """The path of an nginx that starts: $NGINX, or one on the PATH, or Debian's."""
    chosen = os.environ.get("NGINX")
    for name in [chosen] if chosen else ["nginx", ON_DEBIAN]:
        path = shutil.which(name)
        if path and subprocess.run([path, "-v"], capture_output=True, check=False).returncode == 0:  # noqa: S603
            return path
    if chosen:
        raise NoNginx(f"NGINX is {chosen!r}, which is no nginx that starts.")
    raise NoNginx(f"The tests need nginx, and there is none. {ADVICE}")


def install_nginx() -> None:
    """Debian's program, without a server of the system's own; raises NoNginx."""
    print("Installing nginx for the tests (only once) ...", flush=True)
    is_ours = not POLICY.exists()
    refuse = f"printf '#!/bin/sh\\nexit 101\\n' > {POLICY} && chmod +x {POLICY}"
    try:
        if is_ours:
            apt.run_as_root("sh", "-c", refuse)
        try:
            apt.install("nginx")
        finally:
            if is_ours:
                apt.run_as_root("rm", "-f", str(POLICY))
    except apt.CannotInstall as problem:
        raise NoNginx(f"The tests need nginx, and {problem}. {ADVICE}") from problem


def main() -> None:
    try:
        try:
            find_nginx()
        except NoNginx:
            if os.environ.get("NGINX"):
                raise
            install_nginx()
            find_nginx()
    except NoNginx as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
