"""Runs the server and, beside it, what works in the background: `flask --app app start`.

A process beside the server that ends is started again, and the server keeps serving. When the
server ends, or this process is told to stop, all of them are. In production systemd does this.

Our own, for want of one that does just that: honcho ends all when one ends; supervisor gives up on
what keeps ending and leaves all behind when it is killed itself; circus brings ZeroMQ, Tornado and
ports for its commands; cotyledon would start the server again too, and all of them at once.
"""

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from subprocess import SubprocessError

Command = Sequence[str]

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0  # also how long a process runs that is taken for well
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
PR_SET_PDEATHSIG = 1
# Linux alone has it; elsewhere a kill -9 of this process leaves the others running.
_prctl = getattr(ctypes.CDLL(None), "prctl", None)


def run(server: Command, beside: Mapping[str, Command], stop_seconds: float) -> int:
    """The server's exit status, once all have ended; what takes longer to stop is killed."""
    return asyncio.run(_run(server, beside, stop_seconds))


async def _run(server: Command, beside: Mapping[str, Command], stop_seconds: float) -> int:
    told = asyncio.Event()
    for number in STOP_SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    serving = await _start(server)
    keepers = [asyncio.create_task(_keep(*named, stop_seconds)) for named in beside.items()]
    waits = [asyncio.create_task(wait) for wait in (serving.wait(), told.wait())]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for task in (*keepers, *waits):
        task.cancel()
    await asyncio.gather(_stop(serving, stop_seconds), *keepers, return_exceptions=True)
    status = await serving.wait()
    return status if status >= 0 else 128 - status


async def _keep(name: str, command: Command, stop_seconds: float) -> None:
    """Has it running, until this is cancelled."""
    clock, pause = asyncio.get_running_loop().time, FIRST_PAUSE_SECONDS
    while True:
        started, end = clock(), await _run_once(command, stop_seconds)
        if clock() - started > LONGEST_PAUSE_SECONDS:
            pause = FIRST_PAUSE_SECONDS
        sys.stderr.write(f"The {name} {end}, next start in {pause:g} s.\n")
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


async def _run_once(command: Command, stop_seconds: float) -> str:
    """How it ended, or why it did not start: then the next try may succeed."""
    try:
        process = await _start(command)
    except (OSError, SubprocessError) as problem:
        return f"did not start ({problem})"
    try:
        return f"ended with status {await process.wait()}"
    finally:
        await _stop(process, stop_seconds)


async def _start(command: Command) -> asyncio.subprocess.Process:
    """In a group of its own: Ctrl-C reaches this process alone, which tells each of them once."""
    return await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        process_group=0,
        preexec_fn=partial(end_with, os.getpid(), signal.SIGTERM),
    )


def end_with(parent: int, number: signal.Signals) -> None:
    """In a new process: has it sent this signal when the parent is gone, however that ended."""
    if _prctl:
        _prctl(PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:
        os._exit(1)


async def _stop(process: asyncio.subprocess.Process, stop_seconds: float) -> None:
    """Tells it to stop, then kills what is left of its group."""
    with suppress(ProcessLookupError):
        process.terminate()
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), stop_seconds)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
