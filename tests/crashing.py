"""A real server under load whose processes are killed: admins publish round after round, visitors
watch, and whatever the server answered is remembered and held against the database."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import TypeVar

from sqlalchemy import Engine

from tests import rounds
from tests.conftest import make_admin
from tests.load import Admin, Busy, round_seen
from tests.real_server import CUT_OFF, Browser, RealServer, running

Answer = TypeVar("Answer")

ADMINS = ("ana@example.com", "ben@example.com", "eve@example.com")
VISITORS = 2
PAUSE_SECONDS = 0.05
DICE = random.Random()  # noqa: S311 - when to kill, and where to look
ROUNDS_AFTERWARDS = 1
STRIKES: tuple[Callable[[RealServer], None], ...] = (
    RealServer.kill,
    partial(RealServer.kill_workers, most=1),
    RealServer.kill_workers,
)


def crash(url: str, engine: Engine, kills: int) -> str:
    """Kills the server so many times in the middle of Apply; what there was, in one line."""
    for email in ADMINS:
        make_admin(engine, email)
    with running(url) as server:
        load = Load(server.url, rounds.fill(engine))
        with load.going_on() as everybody:
            for number in range(kills):
                load.wait_for_press(server, everybody)
                time.sleep(DICE.uniform(0, load.press_seconds))
                STRIKES[number % len(STRIKES)](server)
                server.wait()
                load.check(engine)
            enough = load.live + ROUNDS_AFTERWARDS
            while load.live < enough:
                load.wait_for_press(server, everybody)
        releases = load.check(engine)
    return (
        f"{kills} kills, {len(load.cut_off)} times Apply was cut off; {releases} releases, "
        f"{len(load.pages)} pages seen: nothing half, nothing mixed, nothing lost"
    )


@dataclass
class Load:
    """What goes on, and all that was answered."""

    url: str
    packages: rounds.Packages
    over: threading.Event = field(default_factory=threading.Event)
    pressing: threading.Event = field(default_factory=threading.Event)
    press_seconds: float = 0.05
    live: int = 0  # the newest round of which the server said that buyers see it
    applied: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    cut_off: list[str] = field(default_factory=list)
    pages: list[int] = field(default_factory=list)

    @contextmanager
    def going_on(self) -> Iterator[list[Future[None]]]:
        with ThreadPoolExecutor(1 + VISITORS) as pool:
            visits = [pool.submit(self.visit) for _ in range(VISITORS)]
            everybody = [pool.submit(self.publish), *visits]
            try:
                yield everybody
            finally:
                self.over.set()
            for one in everybody:
                one.result()

    def wait_for_press(self, server: RealServer, everybody: list[Future[None]]) -> None:
        """Until an Apply is on its way, with somebody who starts a server again that gave up."""
        self.pressing.clear()
        while not self.pressing.wait(0.2):
            server.wait()
            for one in everybody:
                if one.done():
                    one.result()

    def publish(self) -> None:
        """Round after round: all admins edit their share, then all of them press Apply."""
        admins = [Admin(self.url, email, self.packages) for email in ADMINS]
        for admin in admins:
            self.patiently(admin.sign_in)
        with ThreadPoolExecutor(len(admins)) as pool:
            for number in count(1):
                for work in (self.edit, self.press):
                    if self.over.is_set():
                        return
                    doing = [pool.submit(work, who, a, number) for who, a in enumerate(admins)]
                    for one in doing:
                        one.result()

    def edit(self, who: int, admin: Admin, number: int) -> None:
        """Every third package; one admin moves as well, and one edits the settings."""
        for country, which in list(self.packages)[who :: len(ADMINS)]:
            self.patiently(partial(admin.edit, country, which, number))
        for country in rounds.COUNTRIES if who == 0 else ():
            self.patiently(partial(admin.move, country, number))
        if who == 1:
            self.patiently(partial(admin.edit_settings, number))

    def press(self, _who: int, admin: Admin, number: int) -> None:
        """Apply Changes until the round is live, by whoever is first."""
        for attempt in count(1):
            review = self.patiently(admin.review)
            if review is None:
                return
            note = f"Round {number} by {admin.email}, try {attempt}"
            self.pressing.set()
            begun = time.monotonic()
            try:
                is_live = admin.apply(review, note)
            except CUT_OFF:
                self.cut_off.append(note)
                continue
            if is_live:
                self.press_seconds, self.live = time.monotonic() - begun, number
            (self.applied if is_live else self.refused).append(note)

    def patiently(self, step: Callable[[], Answer]) -> Answer:
        """Again and again until the server lives to answer it."""
        while True:
            try:
                return step()
            except (*CUT_OFF, Busy):
                if self.over.is_set():
                    raise
                time.sleep(PAUSE_SECONDS)

    def visit(self) -> None:
        browser, newest = Browser(self.url), 0
        while not self.over.is_set():
            at_least = max(newest, self.live)
            try:
                newest = round_seen(browser, DICE.choice(list(rounds.COUNTRIES)))
            except (*CUT_OFF, Busy):
                pass
            else:
                assert newest >= at_least, f"round {newest} after round {at_least}"
                self.pages.append(newest)
            self.over.wait(PAUSE_SECONDS)

    def check(self, engine: Engine) -> int:
        """The database holds what was answered, in whole rounds; how many of them."""
        applied, refused = set(self.applied), set(self.refused)
        rounds.check_integrity(engine)
        notes = rounds.read_notes(engine)
        assert applied <= notes, f"answered as live, and lost: {applied - notes}"
        assert not refused & notes, f"answered as refused, and live: {refused & notes}"
        return len(notes)
