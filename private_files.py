"""Files and folders that their owner alone may read: from their first moment, whatever the umask.

SQLite gives the files that it makes beside a database the mode of the database.
"""

import os
from pathlib import Path

FILE, FOLDER = 0o600, 0o700
OTHERS = 0o077


def make_folder(folder: Path) -> None:
    """Leaves one alone that is there."""
    folder.mkdir(FOLDER, parents=True, exist_ok=True)


def make_file(file: Path) -> None:
    """An empty one. Raises FileExistsError where there is one."""
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE))


def close_to_others(folder: Path) -> list[Path]:
    """Takes the folder and its files from others, as far as they are this user's; returns those
    that others could use until now."""
    opened = [path for path in (folder, *folder.iterdir()) if _is_open_to_others(path)]
    for path in opened:
        path.chmod(path.stat().st_mode & ~OTHERS)
    return opened


def is_kept_from_us(path: Path) -> bool:
    """Whether it belongs to another user, and this one may not read and write it."""
    try:
        is_ours = path.stat().st_uid == os.geteuid()
    except OSError:
        return False
    return not is_ours and not os.access(path, os.R_OK | os.W_OK, effective_ids=True)


def _is_open_to_others(path: Path) -> bool:
    status = path.stat(follow_symlinks=False)
    is_ours = status.st_uid == os.geteuid() and not path.is_symlink()
    return is_ours and bool(status.st_mode & OTHERS)
