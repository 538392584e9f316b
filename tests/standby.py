"""Two PostgreSQL servers: a primary, and a standby that has each commit before it is answered."""

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from tests.postgres import OWNER, Server, server_in_folder

# Nobody cuts the power here, so no disk is waited for; but a commit waits for the standby.
SYNCHRONOUS = (
    *("fsync=off", "full_page_writes=off", "autovacuum=off", "synchronous_commit=on"),
    "dynamic_shared_memory_type=mmap",  # in its folder, which goes with it
    "wal_retrieve_retry_interval=100ms",  # by default a standby may take 5 s to see its promotion
)
IS_SYNCHRONOUS = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
PATIENCE_SECONDS = 30


@dataclass
class Pair:
    primary: Server
    standby: Server

    def address(self, database: str) -> str:
        """DATABASE_URL with both of them, the same for good: first what is the standby at first."""
        hosts = ",".join(sorted(str(server.folder) for server in (self.primary, self.standby)))
        return f"postgresql://{OWNER}@/{database}?host={hosts}"

    def add_standby(self) -> None:
        """From now on no commit is answered before the standby has it."""
        self.standby.copy(self.primary)
        self.standby.start()
        wait_for_standbys(self.primary, "*")
        wait_until(self.primary, IS_SYNCHRONOUS, 1)

    def lose_primary(self, waiting: int = 0) -> None:
        """kill -9; it stays away. Before, so many commits wait for a standby that says nothing: it
        may have got them, and nobody gets an answer."""
        if waiting:
            self.standby.send(signal.SIGSTOP)
        try:
            wait_until(self.primary, WAITING, waiting)
            self.primary.kill()
        finally:
            self.standby.send(signal.SIGCONT)

    def promote(self) -> None:
        """The standby takes the primary's place, alone."""
        wait_for_standbys(self.standby, "")
        self.standby.promote()
        self.primary, self.standby = self.standby, self.primary


def wait_for_standbys(server: Server, names: str) -> None:
    """A commit of `server` is answered once one of these has it; with no names, at once."""
    server.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
    server.execute("SELECT pg_reload_conf()")


def wait_until(server: Server, sql: str, enough: int) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while int(server.ask(sql)) < enough:
        assert time.monotonic() < end, sql
        time.sleep(0.02)


@contextmanager
def running_pair() -> Iterator[Pair]:
    """A new primary; its standby is still to be added."""
    with ExitStack() as stack:
        servers = [stack.enter_context(server_in_folder(SYNCHRONOUS)) for _ in range(2)]
        standby, primary = sorted(servers, key=lambda server: server.folder)
        pair = Pair(primary, standby)
        pair.primary.make()
        pair.primary.start()
        yield pair
