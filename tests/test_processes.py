"""The server and what runs beside it: who ends whom, and what is started again."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from threading import Timer

import pytest

from tests.real_server import PATIENCE_SECONDS, ROOT

# Says its name and number, then waits until it is told to stop, which it says too.
PROGRAM = """
import os, signal, sys
def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())
def stop(number, frame):
    say(name, "told")
    ending == "stubborn" or sys.exit()
name, ending = sys.argv[1:]
signal.signal(signal.SIGTERM, stop)
signal.signal(signal.SIGINT, stop)
say(name, os.getpid())
ending == "at once" and sys.exit(3)
while True: signal.pause()
"""
RUN = f"""
import sys, processes
processes.FIRST_PAUSE_SECONDS = 0.01
server, worker = [(python, "-c", {PROGRAM!r}, *part.split(":"))
                  for python, part in zip((sys.executable, sys.argv[1]), sys.argv[2:])]
sys.exit(processes.run(server, {{"worker": worker}}, 0.5))
"""


class Running:
    """A server and a worker that do nothing but say what happens to them."""

    def __init__(self, server: str, worker: str, python: str) -> None:
        parts = (f"server:{server}", f"worker:{worker}")
        command = [sys.executable, "-c", RUN, python, *parts]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.numbers: tuple[int, ...] = ()

    def lines(self, count: int) -> list[str]:
        """The next ones that it says; fewer when all that could say one have ended."""
        assert self.process.stdout
        return sorted(line.strip() for line in islice(self.process.stdout, count))

    def started(self) -> tuple[int, int]:
        """The numbers of the processes."""
        server, worker = self.lines(2)
        self.numbers = int(server.removeprefix("server ")), int(worker.removeprefix("worker "))
        return self.numbers

    def kill(self) -> None:
        """All that can still speak."""
        self.process.kill()
        for number in self.numbers:
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)

    def end(self) -> tuple[list[str], int]:
        """What it said until nobody was left to say anything, and its exit status."""
        return self.lines(1000), self.process.wait(PATIENCE_SECONDS)


@contextmanager
def running(
    server: str = "when told", worker: str = "when told", python: str = sys.executable
) -> Iterator[Running]:
    """`python` is what runs the worker."""
    started = Running(server, worker, python)
    # Who waits for words that never come reads to the end of them, and fails.
    over = Timer(PATIENCE_SECONDS / 4, started.kill)
    over.start()
    try:
        yield started
    finally:
        over.cancel()
        started.kill()
        started.process.wait()
        assert started.process.stdout
        started.process.stdout.close()


def test_a_worker_that_is_killed_is_started_again() -> None:
    with running() as all:
        server, worker = all.started()
        os.kill(worker, signal.SIGKILL)
        ended, again = all.lines(2)
        assert ended == "The worker ended with status -9, next start in 0.01 s."
        assert int(again.removeprefix("worker ")) != worker
        os.kill(server, 0)  # still there


def test_the_pauses_of_a_worker_that_keeps_ending_grow() -> None:
    """Caught: a start again at once, which takes a processor for itself."""
    with running(worker="at once") as all:
        pauses = [line.split()[-2] for line in all.lines(11) if "ended" in line]
        assert pauses == ["0.01", "0.02", "0.04", "0.08", "0.16"]


def test_a_worker_that_cannot_be_started_is_tried_again(tmp_path: Path) -> None:
    """As while an upgrade makes its environment anew. Caught: an error that ended its keeper
    without a word: no worker came back."""
    python = tmp_path / "python"
    with running(python=str(python)) as all:
        said = (line for line in iter(lambda: all.lines(1)[0], "") if "worker" in line)
        problem = f"[Errno 2] No such file or directory: '{python}'"
        assert next(said) == f"The worker did not start ({problem}), next start in 0.01 s."
        python.symlink_to(sys.executable)
        started = next(line for line in said if line.startswith("worker "))
        all.numbers = (int(started.removeprefix("worker ")),)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_told_to_stop_it_tells_each_once(number: signal.Signals) -> None:
    """To the whole group, as Ctrl-C is. Caught: one group for all, ended by a hang-up."""
    with running() as all:
        all.started()
        os.killpg(all.process.pid, number)
        assert all.end() == (["server told", "worker told"], 0)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), (signal.SIGKILL, 137)])
def test_the_end_of_the_server_is_the_end_of_all(number: signal.Signals, status: int) -> None:
    with running() as all:
        server, _worker = all.started()
        os.kill(server, number)
        said, ended = all.end()
        assert (said[-1], ended) == ("worker told", status)


def test_a_server_that_cannot_start_says_so_by_its_status() -> None:
    with running(server="at once") as all:
        assert all.end()[1] == 3


def test_who_does_not_stop_is_killed() -> None:
    with running(worker="stubborn") as all:
        all.started()
        all.process.terminate()
        assert all.end() == (["server told", "worker told"], 0)


@pytest.mark.skipif(sys.platform != "linux", reason="no other system tells children of it")
def test_nothing_is_left_when_it_is_killed_itself() -> None:
    """Caught: no word to the kernel; both went on, and the port stayed taken."""
    with running() as all:
        all.started()
        all.process.kill()
        said, status = all.end()  # the kernel may tell them for each thread of the process
        assert (set(said), status) == ({"server told", "worker told"}, -9)


def test_a_process_whose_parent_has_ended_already_ends_too() -> None:
    """Caught: no look at the parent, whose end came before the word to the kernel."""
    code = "import processes, signal; processes.end_with(-1, signal.SIGTERM); print('goes on')"
    ended = subprocess.run(
        [sys.executable, "-c", code], check=False, cwd=ROOT, stdout=subprocess.PIPE
    )
    assert (ended.returncode, ended.stdout) == (1, b"")
