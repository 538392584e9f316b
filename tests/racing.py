"""Admins who do anything at any time, and the history of what was acknowledged to them.

Each remembers what a write of theirs did, as it was when it was committed. Replayed in the order of
the commits on nothing but dictionaries and lists, the history must give what is in the database:
otherwise a write was lost, or was done to something else than its author saw.
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from domain.catalogue.bulk.lines import plan_lines
from domain.catalogue.drafts import drafts
from domain.catalogue.drafts.drafts import get_settings, position_of
from domain.catalogue.drafts.ordering import After, Before, Destination, Place, Step
from domain.catalogue.errors import AlreadyApplied, CatalogueError, NeedsReview, StaleReview
from domain.catalogue.markets.rules import INITIAL_MARKET, MarketValues
from domain.catalogue.models import DraftBatch, DraftRevision, Release
from domain.catalogue.packages.models import CreditPackage
from domain.catalogue.packages.rules import PackageValues
from domain.catalogue.pending.pending import Pending, pending_changes
from domain.catalogue.pending.planning import Plan, Work, write_planned
from domain.catalogue.review.review import plan_apply
from domain.catalogue.settings.rules import SettingsValues
from domain.catalogue.undo.rollback import plan_discard, plan_restore
from domain.catalogue.undo.undo import plan_undo
from domain.database import AnySession, writing
from tests.drafting import Form
from tests.modelling import items
from tests.racing_lines import draw_lines, effect_of
from tests.replaying import Effect, Entry, Replay, Rows, read_drafts

EDITS: dict[str, Sequence[Any]] = {
    "name": ("A", "B", "C"),
    "credits": (1, 2, 3),
    "price_minor": (100, 200, 300),
    "currency": ("USD", "TRY"),
    "country": ("US", "TR"),
    "short_info": ("", "x"),
}
TAXES: Sequence[dict[str, Any]] = (
    {"tax": "nothing", "tax_basis_points": 0},
    {"tax": "included", "tax_basis_points": 2000},
    {"tax": "when_used", "tax_basis_points": 0},
)
KEPT_FORMS = 4
# How often each is done, in proportion.
OFTEN = Counter(
    **{"add": 2, "edit": 8, "move": 5, "remove": 2, "keep": 2, "change_many": 3},
    **{"settle": 2, "say": 3, "apply": 8, "discard": 2, "undo": 1, "restore": 1},
)
COUNTRIES = ("US", "TR")


@dataclass(frozen=True)
class Look:
    """All that was pending, and what the drafts were, at one moment."""

    pending: Pending
    rows: Rows
    newest: tuple[int, int]

    @property
    def keys(self) -> list[str]:
        return [change.key for change in self.pending.changes]


class Admin:
    """One of them; `history` holds the commits, `applied` the looks that went live.

    What it does next is the same for the same seed; how they meet is up to the machine.
    """

    def __init__(self, engine: Engine, email: str, seed: int) -> None:
        self.session = Session(engine)
        self.email = email
        self.dice = random.Random(f"{seed} {email}")  # noqa: S311 - what to do next
        self.history: list[Entry] = []
        self.applied: dict[int, tuple[Look, list[str] | None]] = {}
        self.outcomes: Counter[str] = Counter()
        self.forms: list[Form] = []
        self.look = self.have_a_look()
        self.settings = self.open_settings()
        self.market = self.open_market()

    def work(self, operations: int) -> None:
        """Looks and forms grow old while the others go on."""
        for step in self.dice.choices(sorted(OFTEN.elements()), k=operations):
            if self.dice.random() < 0.6:
                self.look = self.have_a_look()
            self.open_form()
            self.outcomes[getattr(self, step)()] += 1
        self.session.close()

    def have_a_look(self) -> Look:
        self.session.rollback()
        newest = self.newest(DraftRevision.id), self.newest(Release.number)
        look = Look(pending_changes(self.session), read_drafts(self.session), newest)
        self.history.append((newest[0], 1, partial(Replay.expect, rows=look.rows)))
        return look

    def newest(self, column: Any, *of: Any) -> int:  # noqa: ANN401 - SQLAlchemy's own
        return self.session.scalar(select(func.max(column)).where(*of)) or 0

    def apply_subset(self, *which: Any) -> CreditPackage | None:  # noqa: ANN401
        self.session.rollback()
        found = self.session.scalars(select(CreditPackage).where(*which)).all()
        return self.dice.choice(found) if found else None

    def open_form(self) -> None:
        package = self.apply_subset(CreditPackage.removed_at.is_(None))
        if package:
            form = Form(package.id, package.version, package.values)
            self.forms = [form, *self.forms[: KEPT_FORMS - 1]]

    def write(self, do: Callable[[], Effect]) -> str:
        """The outcome; what came of a write that changed something goes into the history."""
        mine = DraftRevision.author == self.email
        try:
            with writing(self.session):
                before = self.newest(DraftRevision.id, mine)
                effect = do()
                after = self.newest(DraftRevision.id, mine)
        except CatalogueError as error:
            return type(error).__name__
        self.note(before, after, effect)
        return "saved"

    def note(self, before: int, after: int, effect: Effect) -> None:
        if after > before:
            self.history.append((after, 0, effect))

    def write_planned(self, plan: Plan[Effect]) -> str:
        """The same for a write that is planned before it takes the lock."""
        mine = DraftRevision.author == self.email

        def noted(session: AnySession) -> Work[tuple[int, int, Effect]]:
            work = plan(session)

            def do(session: AnySession) -> tuple[int, int, Effect]:
                before, effect = self.newest(DraftRevision.id, mine), work(session)
                return before, self.newest(DraftRevision.id, mine), effect

            return do

        try:
            self.note(*write_planned(self.session, noted))
        except CatalogueError as error:
            return type(error).__name__
        return "saved"

    def put(self, package: CreditPackage, changed: dict[str, Any]) -> Effect:
        is_gone = package.removed_at is not None
        place = 0 if is_gone else position_of(self.session, package)
        return partial(Replay.put, id=package.id, changed=changed, position=place)

    def add(self) -> str:
        values = PackageValues(**{name: self.dice.choice(of) for name, of in EDITS.items()})
        place = self.dice.randint(1, 9)

        def do() -> Effect:
            package = drafts.add_package(self.session, values, position=place, author=self.email)
            return self.put(package, {name: getattr(values, name) for name in EDITS})

        return self.write(do)

    def edit(self) -> str:
        form = self.dice.choice(self.forms)
        names = self.dice.sample(list(EDITS), self.dice.randint(1, 2))
        typed = {name: self.dice.choice(EDITS[name]) for name in names}
        changed = {n: value for n, value in typed.items() if value != getattr(form.values, n)}

        def do() -> Effect:
            package = drafts.edit_package(
                self.session,
                form.id,
                form.values._replace(**typed),
                version=form.version,
                author=self.email,
            )
            return self.put(package, changed)

        return self.write(do)

    def move(self) -> str:
        id, country = self.forms[0].id, self.forms[0].values.country
        others = [form.id for form in self.forms]
        destinations: list[Destination] = [
            Place(self.dice.randint(1, 9)),
            Before(self.dice.choice(others)),
            After(self.dice.choice(others)),
            self.dice.choice(list(Step)),
        ]
        to = self.dice.choice(destinations)
        return self.write(
            lambda: self.put(
                drafts.move_package(self.session, id, to, country=country, author=self.email), {}
            )
        )

    def remove(self) -> str:
        form = self.dice.choice(self.forms)
        sign: dict[str, Any] = {"version": form.version, "author": self.email}
        return self.write(
            lambda: self.put(drafts.remove_package(self.session, form.id, **sign), {})
        )

    def keep(self) -> str:
        package = self.apply_subset(CreditPackage.removed_at.is_not(None))
        if package is None:
            return "nothing to keep"
        id, sign = package.id, {"version": package.version, "author": self.email}

        def do() -> Effect:
            """With all its values: an undo may have changed them before it removed the package."""
            package = drafts.keep_package(self.session, id, **sign)  # type: ignore[arg-type]
            return self.put(package, package.values._asdict())

        return self.write(do)

    def change_many(self) -> str:
        """As one batch; some want all of it or nothing."""
        forms, gone = self.forms, self.apply_subset(CreditPackage.removed_at.is_not(None))
        lines = draw_lines(self.dice, forms, gone, EDITS)
        whole = self.dice.random() < 0.3

        def plan(session: AnySession) -> Work[Effect]:
            how: dict[str, Any] = {"action": "prices", "author": self.email, "whole": whole}
            work = plan_lines(session, lines, **how)

            def do(session: AnySession) -> Effect:
                saved = work(session)
                assert not (whole and saved.refused)
                self.outcomes.update(f"line: {type(r.error).__name__}" for r in saved.refused)
                return effect_of(self.session, lines, forms, saved)

            return do

        return self.write_planned(plan)

    def settle(self) -> str:
        version, old = self.settings
        name = self.dice.choice(["platform_name", "intro_en", "intro_tr"])
        changed = {name: self.dice.choice(["A", "B", "C"])}

        def do() -> Effect:
            values = old._replace(**changed)
            drafts.edit_settings(self.session, values, version=version, author=self.email)
            return partial(Replay.put_settings, changed=changed)

        outcome = self.write(do)
        self.settings = self.open_settings()
        return outcome

    def open_settings(self) -> tuple[int, SettingsValues]:
        self.session.rollback()
        settings = get_settings(self.session)
        return settings.version, settings.values

    def say(self) -> str:
        """About a country, as it was opened a while ago."""
        country, version, old = self.market
        changed: dict[str, Any] = {
            self.dice.choice(["note_en", "note_de"]): self.dice.choice("ABC")
        }
        if self.dice.random() < 0.3:
            changed = self.dice.choice(TAXES)
        changed = {n: value for n, value in changed.items() if value != getattr(old, n)}

        def do() -> Effect:
            values = old._replace(**changed)
            sign: dict[str, Any] = {"version": version, "author": self.email}
            market = drafts.edit_market(self.session, country, values, **sign)
            return partial(Replay.put_market, id=market.id, country=country, changed=changed)

        outcome = self.write(do)
        self.market = self.open_market()
        return outcome

    def open_market(self) -> tuple[str, int, MarketValues]:
        self.session.rollback()
        country = self.dice.choice(COUNTRIES)
        now = drafts.find_market(self.session, country)
        return (country, now.version, now.values) if now else (country, 1, INITIAL_MARKET)

    def keys(self) -> list[str] | None:
        """All that is pending, or some of it."""
        keys = self.look.keys
        is_all = self.dice.random() < 0.6 or len(keys) < 2
        return None if is_all else self.dice.sample(keys, self.dice.randint(1, len(keys) - 1))

    def apply(self) -> str:
        """What was seen just now, or a while ago."""
        if self.dice.random() < 0.7:
            self.look = self.have_a_look()
        look, keys = self.look, self.keys()
        try:
            number = self.press(look.pending.token, keys)
        except CatalogueError as error:
            if isinstance(error, StaleReview | AlreadyApplied):
                assert self.have_a_look().newest != look.newest, "refused, and nobody wrote"
            return type(error).__name__
        self.applied[number] = look, keys
        return "applied"

    def press(self, token: str, keys: list[str] | None) -> int:
        """Applies with all acknowledged that there is; the release's number."""
        plan = partial(plan_apply, token=token, chosen=keys, author=self.email)
        try:
            return write_planned(self.session, plan).number
        except NeedsReview as refusal:
            agreed = {each.key for each in refusal.missing}
            return write_planned(self.session, partial(plan, acknowledged=agreed)).number

    def rewritten(self, work: Work[object], seen: Rows | None = None) -> Work[Effect]:
        def do(session: AnySession) -> Effect:
            work(session)
            return partial(Replay.become, rows=read_drafts(self.session), seen=seen)

        return do

    def discard(self) -> str:
        look, keys = self.look, self.keys()
        going = {key.rpartition("-")[0] for key in look.keys if keys is None or key in keys}

        def plan(session: AnySession) -> Work[Effect]:
            token, before = look.pending.token, items(read_drafts(self.session))
            discard = plan_discard(session, token, keys=keys, author=self.email)

            def do(session: AnySession) -> Effect:
                effect = self.rewritten(discard)(session)
                after = items(read_drafts(self.session))
                others = (before.keys() | after.keys()) - going
                assert all(before.get(item) == after.get(item) for item in others)
                return effect

            return do

        return self.write_planned(plan)

    def undo(self) -> str:
        id = self.newest(DraftBatch.id)
        return self.write_planned(
            lambda session: self.rewritten(plan_undo(session, id, author=self.email))
        )

    def restore(self) -> str:
        look = self.have_a_look()
        number = self.dice.randint(1, look.newest[1])
        token = look.pending.token
        return self.write_planned(
            lambda session: self.rewritten(
                plan_restore(session, number, token, author=self.email), look.rows
            )
        )
