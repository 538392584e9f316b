"""A SQLite database that each test finds as its migrations left it."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path


class KeptSqlite:
    """One file for all tests, so that connections and applications can be kept as well.

    Its content is put back from `template`. Where a test broke the file, replaced it or left it
    locked, the next one gets another file.
    """

    def __init__(self, template: Path, folder: Path) -> None:
        self._template = sqlite3.connect(template)
        self._template_file, self._folder = template, folder
        self._number = self._scenes = 0
        self._make_another()

    def restore(self) -> Path:
        try:
            self.put_back(self._template)
        except (OSError, sqlite3.Error):
            self._make_another()
        return self._file

    def keep(self) -> sqlite3.Connection:
        """What it holds now, to be put back."""
        self._scenes += 1
        kept = sqlite3.connect(self._folder / f"scene-{self._scenes}.db")
        with closing(sqlite3.connect(self._file)) as connection:
            connection.backup(kept)
        return kept

    def put_back(self, kept: sqlite3.Connection) -> None:
        if self._file.stat().st_ino != self._inode:
            raise FileNotFoundError
        with closing(sqlite3.connect(self._file, timeout=0)) as connection:
            kept.backup(connection)

    def _make_another(self) -> None:
        self._number += 1
        self._file = self._folder / f"scrip-{self._number}.db"
        shutil.copy(self._template_file, self._file)
        self._inode = self._file.stat().st_ino
