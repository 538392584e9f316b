"""How long the tests go on that kill, race and guess: short in `make test`, long in `make soak`."""

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager

KILLS = int(os.environ.get("SOAK_KILLS", "2"))
WORKER_KILLS = int(os.environ.get("SOAK_WORKER_KILLS", "1"))
# Every how many statements a migration is killed.
STRIDE = int(os.environ.get("SOAK_STRIDE", "41"))
# Every how many statements an import is killed.
IMPORT_STRIDE = int(os.environ.get("SOAK_IMPORT_STRIDE", "11"))
# How often a database server is lost.
FAILOVERS = int(os.environ.get("SOAK_FAILOVERS", "1"))
BACKUPS = int(os.environ.get("SOAK_BACKUPS", "3"))
# At how many random moments a backup is gone back to.
RESTORES = int(os.environ.get("SOAK_RESTORES", "4"))
# How many sequences of random writes are tried on each database.
SEQUENCES = int(os.environ.get("SOAK_SEQUENCES", "1"))
# What two admins do at once.
OPERATIONS = int(os.environ.get("SOAK_OPERATIONS", "100"))
# How many spends of one credit at once, with half as many credits there.
SPENDS = int(os.environ.get("SOAK_SPENDS", "200"))
# How often a buyer presses the button at once.
PRESSES = int(os.environ.get("SOAK_PRESSES", "24"))
# How many purchases are lived through.
LIVES = int(os.environ.get("SOAK_LIVES", "24"))
A_SOAK_OF_LIVES = 100  # from here on they have servers and workers of their own
# How long many browsers sign in at once, in each of three rounds.
FLOOD_SECONDS = float(os.environ.get("SOAK_FLOOD", "0"))
# Another one each time; a failure names it, to be tried again.
SEED = int(os.environ.get("SOAK_SEED") or random.randrange(10**6))  # noqa: S311 - nothing secret


@contextmanager
def naming_seed() -> Iterator[int]:
    """The seed of all random choices, which a failure in here names."""
    try:
        yield SEED
    except BaseException as failure:
        failure.add_note(f"SOAK_SEED={SEED} makes the same choices again.")
        raise
