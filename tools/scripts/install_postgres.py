"""Sees to it that the tests have a PostgreSQL to start: finds one, or installs Debian's."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools.scripts import apt

# Debian keeps its programs off the PATH, one folder for each version.
DEBIAN = Path("/usr/lib/postgresql")
NO_CLUSTER = Path("/etc/postgresql-common/createcluster.d/scrip-tests.conf")
ADVICE = "Install PostgreSQL 15 or newer, or set POSTGRES_BIN to the folder with its initdb."


class NoPostgres(Exception):
    """There is no PostgreSQL; the text is one line that says what to do."""


def find_postgres() -> Path:
    """The folder of a PostgreSQL's programs: $POSTGRES_BIN, or Debian's newest, or the PATH's."""
    chosen = os.environ.get("POSTGRES_BIN")
    if chosen:
        if _is_complete(Path(chosen)):
            return Path(chosen)
        raise NoPostgres(f"POSTGRES_BIN is {chosen!r}, where there is no PostgreSQL to start.")
    versions = [path.parent for path in DEBIAN.glob("[0-9]*/bin")]
    newest_first = sorted(versions, key=lambda path: int(path.name), reverse=True)
    on_path = shutil.which("initdb")
    folders = [version / "bin" for version in newest_first]
    for folder in [*folders, Path(on_path).resolve().parent] if on_path else folders:
        if _is_complete(folder):
            return folder
    raise NoPostgres(f"The tests need PostgreSQL, and there is none. {ADVICE}")


def _is_complete(folder: Path) -> bool:
    """A client's package has some of the programs, but no server."""
    return all(_starts(folder / name) for name in ("initdb", "pg_ctl", "postgres"))


def _starts(program: Path) -> bool:
    return (
        program.is_file()
        and subprocess.run([program, "--version"], capture_output=True, check=False).returncode == 0  # noqa: S603
    )


def install_postgres() -> None:
    """Debian's programs, without a server of the system's own; raises NoPostgres."""
    print("Installing PostgreSQL for the tests (only once) ...", flush=True)
    wanted = f"mkdir -p {NO_CLUSTER.parent} && echo 'create_main_cluster = false' > {NO_CLUSTER}"
    try:
        apt.run_as_root("sh", "-c", wanted)
        try:
            apt.install("postgresql")
        finally:
            apt.run_as_root("rm", "-f", str(NO_CLUSTER))
    except apt.CannotInstall as problem:
        raise NoPostgres(f"The tests need PostgreSQL, and {problem}. {ADVICE}") from problem


def main() -> None:
    try:
        try:
            find_postgres()
        except NoPostgres:
            if os.environ.get("POSTGRES_BIN"):
                raise
            install_postgres()
            find_postgres()
    except NoPostgres as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
