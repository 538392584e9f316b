"""Processes that kill themselves in the middle of something, at a point that is chosen exactly."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, event

# Its processes begin with what they need loaded, and with nothing of the test's own.
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    ["tests.kill_after", "tests.conftest", "tests.rounds", "app", "commands"]
)
PATIENCE_SECONDS = 60


def dies_after(steps: int, work: Callable[..., None], *arguments: Any) -> bool:  # noqa: ANN401
    """Does `work` in another process, which kill -9 ends after so many statements and commits;
    False when there were not so many.

    The last step before the end is a commit that was about to begin.
    """
    process = CONTEXT.Process(target=_work, args=(steps, work, arguments))
    process.start()
    process.join(PATIENCE_SECONDS)
    assert process.exitcode in (0, -signal.SIGKILL), process.exitcode
    return process.exitcode != 0


def _work(steps: int, work: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    left = steps

    def take_one(*_: object) -> None:
        nonlocal left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "after_cursor_execute", take_one)
    event.listen(Engine, "commit", take_one)
    work(*arguments)
