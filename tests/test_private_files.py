"""What Scrip writes on a disk is for its owner alone, whatever the umask."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from click import ClickException
from sqlalchemy import make_url

import readiness
from app import create_app
from config import read_config
from domain.backup import back_up
from extensions import db
from readiness import prepare_database
from simulator.store import Store
from tests.conftest import config_for
from tests.real_server import ROOT

NOBODY = 65534
# A file that others can use for a moment: an audit hook sees each as it is made.
LOOK = """
import os, stat, sys
os.umask(0)
def look(event, arguments):
    if event in ("open", "sqlite3.connect", "os.chmod", "os.mkdir", "os.link"):
        wide.update(name for name in os.listdir(sys.argv[1])
                    if os.stat(os.path.join(sys.argv[1], name)).st_mode & 0o077)
wide = set()
sys.addaudithook(look)
from app import create_app
create_app().test_cli_runner().invoke(args=["sample-catalogue"], catch_exceptions=False)
print(sorted(wide))
"""


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    """The widest one: all that is made is for everybody, unless it is said otherwise."""
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    return {path.name: stat.filemode(path.stat().st_mode) for path in folder.rglob("*")}


def prepare(file: Path) -> None:
    app = create_app(config_for(file))
    with app.app_context():
        prepare_database()
        with db.engine.connect() as connection:  # so that -wal and -shm are there
            connection.exec_driver_sql("SELECT * FROM admin")
            found = [path.stat().st_mode for path in file.parent.glob("scrip.db*")]
            assert [stat.filemode(mode) for mode in found] == 3 * ["-rw-------"]
        db.engine.dispose()


def test_a_start_makes_files_for_their_owner_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: each in turn left to the umask: database, simulator's, folder."""
    instance = tmp_path / "instance"
    monkeypatch.setattr(readiness, "INSTANCE", instance)
    prepare(instance / "scrip.db")
    Store(instance / "scrip.simulator.db")
    read_config({}, instance)
    back_up(make_url(f"sqlite:///{instance}/scrip.db"), instance / "backup")
    assert modes(tmp_path) == {
        "instance": "drwx------",
        **dict.fromkeys(("scrip.db", "scrip.simulator.db", "secret_key", "backup"), "-rw-------"),
    }


def test_the_folder_of_the_first_secret_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    read_config({}, tmp_path / "instance")
    assert modes(tmp_path) == {"instance": "drwx------", "secret_key": "-rw-------"}


def test_no_file_is_open_to_others_for_a_moment(tmp_path: Path) -> None:
    """Caught: chmod after the database was made, and right after its file was."""
    environ = {"DATABASE_URL": f"sqlite:///{tmp_path}/scrip.db", "SECRET_KEY": "k" * 40}
    command = [sys.executable, "-c", LOOK, str(tmp_path)]
    looked = subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True
    )
    assert looked.stdout == "[]\n"
    assert modes(tmp_path) == {"scrip.db": "-rw-------"}


def test_a_start_closes_what_others_could_use_in_our_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Caught: a link that was followed, out of the folder."""
    monkeypatch.setattr(readiness, "INSTANCE", tmp_path / "instance")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.touch(0o644)
    (tmp_path / "instance").mkdir(0o755)
    (tmp_path / "instance" / "link").symlink_to(elsewhere)
    (tmp_path / "instance" / "scrip.db").touch(0o644)
    prepare(tmp_path / "instance" / "scrip.db")
    said = f"Other users could use {tmp_path}/instance{{}}. Now its owner alone can.\n"
    assert capsys.readouterr().out == said.format("") + said.format("/scrip.db")
    found = modes(tmp_path)
    assert (found["instance"], found["scrip.db"]) == ("drwx------", "-rw-------")
    assert found["elsewhere"] == "-rw-r--r--"


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone gives files away")
@pytest.mark.parametrize("kept", ["instance", "instance/scrip.db"])
def test_what_belongs_to_another_user_stops_the_start(kept: str) -> None:
    """Caught: "unable to open database file", after root had copied a backup to its place."""
    with TemporaryDirectory() as made:  # tmp_path is below a folder that is root's alone
        folder = Path(made) / "instance"
        folder.mkdir(0o700)
        (folder / "scrip.db").touch(0o600)
        app = create_app(config_for(folder / "scrip.db"))
        for path in (Path(made), folder, folder / "scrip.db"):
            os.chown(path, NOBODY, NOBODY)
        os.chown(Path(made) / kept, 0, 0)
        with app.app_context(), pytest.raises(ClickException, match="to another user"):
            os.seteuid(NOBODY)
            try:
                prepare_database()
            finally:
                os.seteuid(0)


def test_a_file_elsewhere_stays_as_its_owner_made_it(tmp_path: Path) -> None:
    """A program that makes its copies may be of its group."""
    file = tmp_path / "scrip.db"
    file.touch(0o640)
    app = create_app(config_for(file))
    with app.app_context():
        prepare_database()
        db.engine.dispose()
    assert modes(tmp_path) == {"scrip.db": "-rw-r-----"}
