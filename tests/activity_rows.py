"""Rows of all that the activity is read from, and what a list of them has to show: made up by
itself, without looking at how they are read."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from domain.accounts.models import FailedSignInHour
from domain.activity.models import Activity
from domain.activity.recording import Object
from domain.activity_list.selection import KINDS_OF, Selection
from domain.catalogue.models import DraftBatch, DraftRevision, Release
from tests.clock import NOON

ANA, BEN, SERVER = "ana@example.com", "ben@example.com", ""
PEOPLE = (ANA, BEN)
ACTS = ("signed_in", "buying_paused", "customer_noted", "backup_made")
# At the same moment, in this order.
RELEASE, ACT, DRAFT, FAILURE = range(4)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Shown:
    """A line that the list has to show, and the writes that it stands for."""

    source: int
    number: int
    at: datetime
    author: str
    kind: str
    object: Object | None = None
    writes: tuple["Shown", ...] = ()


@dataclass
class Past:
    """Things are done one after the other, some at the same moment."""

    session: Session
    seed: int
    now: datetime = NOON
    lines: list[Shown] = field(default_factory=list)
    failed: set[tuple[datetime, str]] = field(default_factory=set)
    dice: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)  # noqa: S311 - no secret

    def go_on(self, steps: int) -> None:
        for _ in range(steps):
            self.now += self.dice.choice((0, 1, 20, 3000)) * timedelta(seconds=1)
            self.dice.choice((self.act, self.act, self._draft, self._draft_many, self._apply))()
            if self.dice.random() < 0.2:
                self._fail()
        self.session.flush()

    def act(self) -> None:
        kind = self.dice.choice(ACTS)
        author = SERVER if kind == "backup_made" else self.dice.choice(PEOPLE)
        about = Object("customer", self.dice.randint(1, 3)) if kind == "customer_noted" else None
        row = self._add(
            Activity(
                **{"at": self.now, "kind": kind, "author": author, "request_id": "", "details": {}},
                object_type=about.type if about else None,
                object_id=about.id if about else None,
            )
        )
        self.lines.append(Shown(ACT, row.id, self.now, author, kind, about))

    def _draft(self) -> None:
        self.lines.append(self._write(self.dice.choice(PEOPLE)))

    def _write(self, author: str) -> Shown:
        item = Object("package", self.dice.randint(1, 4))
        action = self.dice.choice(("added", "edited", "moved", "removed"))
        row = self._add(
            DraftRevision(
                **{"item_type": item.type, "item_id": item.id, "action": action, "version": 1},
                **{"old": {"name": "A"}, "new": {"name": "B"}},
                **{"author": author, "created_at": self.now, "request_id": ""},
            )
        )
        return Shown(DRAFT, row.id, self.now, author, f"draft_{action}", item)

    def _draft_many(self) -> None:
        author, writes = self.dice.choice(PEOPLE), []
        for _ in range(self.dice.randint(1, 5)):
            writes.append(self._write(author))
            self.now += self.dice.choice((0, 1)) * timedelta(seconds=1)
        action = self.dice.choice(("prices", "discard", "import"))
        first, last = writes[0].number, writes[-1].number
        made = {"action": action, "author": author, "created_at": self.now}
        self._add(DraftBatch(first_id=first, last_id=last, **made))
        kind, at = f"batch_{action}", writes[-1].at
        self.lines.append(Shown(DRAFT, last, at, author, kind, writes=tuple(writes)))

    def _apply(self) -> None:
        number = 1 + sum(line.source == RELEASE for line in self.lines)
        author = self.dice.choice(PEOPLE)
        row = {"number": number, "created_at": self.now, "author": author, "note": ""}
        self._add(Release(revision_id=0, change_count=1, request_id="", **row))
        about = Object("release", number)
        self.lines.append(Shown(RELEASE, number, self.now, author, "released", about))

    def _fail(self) -> None:
        hour = self.now.replace(minute=0, second=0, microsecond=0)
        author = self.dice.choice((*PEOPLE, ""))
        if (hour, author) in self.failed:
            return
        self.failed.add((hour, author))
        count = self.dice.choice((0, 1, 5))
        row = self._add(FailedSignInHour(hour=hour, author=author, count=count))
        if count:
            self.lines.append(Shown(FAILURE, row.id, hour, author, "sign_in_failed"))

    def _add(self, row: Any) -> Any:  # noqa: ANN401 - of any table
        self.session.add(row)
        self.session.flush()
        return row


def select_naively(lines: Sequence[Shown], selection: Selection) -> list[Shown]:
    """One look at everything. Of what was done to one object, each write is a line."""
    if selection.object:
        lines = [one for line in lines for one in (line.writes or (line,))]
    kinds = KINDS_OF.get(selection.part, ())
    found = [
        line
        for line in lines
        if (not kinds or {line.kind, line.kind.partition("_")[0] + "_"} & {*kinds})
        and (not selection.object or line.object == selection.object)
        and (selection.person is None or _is_by(line, selection.person))
        and (not selection.since or line.at >= selection.since)
        and (not selection.until or line.at < selection.until)
    ]
    return sorted(found, key=lambda line: (-line.at.timestamp(), line.source, -line.number))


def _is_by(line: Shown, person: str) -> bool:
    """Who failed to sign in with an unknown email is no command on the server."""
    return line.author == person and not (line.source == FAILURE and person == SERVER)


def some_selections(dice: random.Random, lines: Sequence[Shown]) -> Iterator[Selection]:
    """Each filter by itself, and some together."""
    yield Selection()
    yield from (Selection(person=person) for person in (ANA, BEN, SERVER))
    yield from (Selection(part=part) for part in KINDS_OF)
    objects = [*(Object("package", id) for id in range(1, 5)), Object("customer", 1)]
    yield from (Selection(object=it) for it in (*objects, Object("release", 1)))
    times = [one.at for line in lines for one in (line.writes or (line,))]
    for _ in range(25):
        since, until = sorted(dice.choices(times, k=2))
        yield Selection(
            person=dice.choice((None, ANA, BEN)),
            part=dice.choice(("", "", "catalogue", "sign_in", "customers")),
            object=dice.choice((None, None, *objects)),
            since=dice.choice((None, since)),
            until=dice.choice((None, until + timedelta(seconds=1), until)),
        )
