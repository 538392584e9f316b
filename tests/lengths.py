"""How long the tests go on that kill, race and guess: short in `make test`, long in `make soak`."""

import os

KILLS = int(os.environ.get("SOAK_KILLS", "2"))
# Every how many statements a migration is killed.
STRIDE = int(os.environ.get("SOAK_STRIDE", "6"))
BACKUPS = int(os.environ.get("SOAK_BACKUPS", "3"))
