"""Two PostgreSQL servers: a primary, and a standby that has each commit before it is answered."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from tests.postgres import OWNER, Server, server_in_folder

# Nobody cuts the power here, so no disk is waited for; but a commit waits for the standby.
SYNCHRONOUS = (
    *("fsync=off", "full_page_writes=off", "autovacuum=off", "synchronous_commit=on"),
    "dynamic_shared_memory_type=mmap",  # in its folder, which goes with it
)
IS_SYNCHRONOUS = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"
PATIENCE_SECONDS = 30


@dataclass
class Pair:
    primary: Server
    standby: Server

    def url(self, database: str) -> str:
        """With both of them, whichever is the primary; the same for good."""
        hosts = ",".join(sorted(str(server.folder) for server in (self.primary, self.standby)))
        where = f"host={hosts}&target_session_attrs=read-write"
        return f"postgresql+psycopg://{OWNER}@/{database}?{where}"

    def add_standby(self) -> None:
        """From now on no commit is answered before the standby has it."""
        self.standby.copy(self.primary)
        self.standby.start()
        wait_for_standbys(self.primary, "*")
        end = time.monotonic() + PATIENCE_SECONDS
        while not self.primary.ask(IS_SYNCHRONOUS):
            assert time.monotonic() < end, "the standby does not follow"
            time.sleep(0.02)

    def fail_over(self) -> None:
        """kill -9 of the primary, which stays away; the standby takes its place, alone."""
        self.primary.kill()
        wait_for_standbys(self.standby, "")
        self.standby.promote()
        self.primary, self.standby = self.standby, self.primary


def wait_for_standbys(server: Server, names: str) -> None:
    """A commit of `server` is answered once one of these has it; with no names, at once."""
    server.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
    server.execute("SELECT pg_reload_conf()")


@contextmanager
def running_pair() -> Iterator[Pair]:
    """A new primary; its standby is still to be added."""
    with ExitStack() as stack:
        servers = [stack.enter_context(server_in_folder(SYNCHRONOUS)) for _ in range(2)]
        pair = Pair(*servers)
        pair.primary.make()
        pair.primary.start()
        yield pair
