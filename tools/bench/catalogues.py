"""Catalogues to measure with: packages over forty countries, live as release 1, and an admin."""

import gc
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

from flask.testing import FlaskClient
from sqlalchemy import Engine, insert, select, text, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app import create_app
from blueprints.locale import ADMINS_LOCALE
from domain import countries, money
from domain.catalogue.changes.ranks import RANK_GAP
from domain.catalogue.drafts import drafts, ordering
from domain.catalogue.drafts.ordering import Place
from domain.catalogue.models import DraftRevision
from domain.catalogue.packages.models import CreditPackage
from domain.catalogue.packages.rules import PACKAGE_FIELDS, PackageValues
from domain.catalogue.pending.pending import pending_changes
from domain.catalogue.releases.publishing import plan_release, publish
from domain.catalogue.review.review import apply_reviewed
from domain.catalogue.rules import fold
from domain.database import writing
from domain.purchases.payments.stripe_money import problem
from extensions import db
from tests.conftest import ADMIN, config_for, csrf_token, make_admin, migrate, signed_in_client
from tests.page_helpers import HTMX, LIST

PRICE_OF_A_CREDIT = 20
# Those in whose currency the payment provider takes the prices: others could not be applied.
COUNTRIES = [
    code
    for code in sorted(countries.CODES)
    if (currency := countries.usual_currency(code))
    and not problem(1_000 * PRICE_OF_A_CREDIT, currency)
][:40]
SHORT = "short_info"
SHORT_INFO = "For a session every other week."
# Of ten changes: six edits, two moves, one package more and one less.
MIX = ("edit", "edit", "move", "edit", "add", "edit", "move", "edit", "remove", "edit")


# What a form sends.
Fields = Mapping[str, str | Sequence[str]]


@dataclass
class Catalogue:
    """A database that holds `size` packages, and a browser that is signed in."""

    size: int
    engine: Engine
    client: FlaskClient
    csrf_token: str
    ids: list[int]
    numbers: Iterator[int]
    dice: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311 - no secret

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with Session(self.engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        with Session(self.engine) as session, writing(session):
            yield session

    def writer(self, write: Callable[[Session], object]) -> Callable[[], None]:
        """`write` in a transaction of its own."""

        def run() -> None:
            with self.writing() as session:
                write(session)

        return run

    def package(self, id: int) -> CreditPackage:
        with self.reading() as session:
            return drafts.get_package(session, id)

    @property
    def country(self) -> str:
        return COUNTRIES[0]

    def text(self) -> str:
        """A short info that no package has yet."""
        return f"{SHORT_INFO} {next(self.numbers)}"

    def get(self, path: str) -> TestResponse:
        return _good(self.client.get(path))

    def press(self, path: str, country: str, fields: Fields) -> TestResponse:
        """A form that htmx sends from the list of a country."""
        headers = HTMX | {"HX-Current-URL": f"http://localhost{LIST}?country={country}"}
        data = {**fields, "csrf_token": self.csrf_token}
        return _good(self.client.post(path, data=data, headers=headers))

    def show(self, path: str, fields: Fields) -> str:
        """The page that a form leads to by itself, without scripts."""
        data = {**fields, "csrf_token": self.csrf_token}
        return _good(self.client.post(path, data=data)).text

    def send(self, path: str, fields: Fields) -> TestResponse:
        """A form as it is sent without scripts, which leads on to another page."""
        answer = self.client.post(path, data={**fields, "csrf_token": self.csrf_token})
        assert answer.status_code == 303, answer.text
        return answer

    def change(self, number: int) -> list[int]:
        """Makes this many changes, in packages all over the catalogue; the ids of those."""
        ids, changed = self.dice.sample(self.ids, number), []
        with self.writing() as session:
            for id, kind in zip(ids, MIX * (number // len(MIX)), strict=True):
                changed.append(self._change_one(session, id, kind))
                session.expunge_all()  # each locking expires all that is remembered
        return changed

    def change_all(self) -> None:
        """Edits every package as well: by rows, as `add_packages`."""
        with self.writing() as session:
            columns = (CreditPackage.id, CreditPackage.version, CreditPackage.short_info)
            staying = select(*columns).where(CreditPackage.removed_at.is_(None))
            edits = [(*row, self.text()) for row in session.execute(staying)]
            session.execute(
                update(CreditPackage),
                [{"id": id, "version": v + 1, "short_info": new} for id, v, _, new in edits],
            )
            signed = {"item_type": "package", "action": "edited", "author": ADMIN}
            revisions = [
                {"item_id": id, "version": v + 1, "old": {SHORT: old}, "new": {SHORT: new}} | signed
                for id, v, old, new in edits
            ]
            session.execute(insert(DraftRevision), revisions)

    def token(self) -> str:
        """Names what is pending now."""
        with self.reading() as session:
            return pending_changes(session).token

    def apply(self) -> None:
        """All that is pending, whatever there is to be said about it."""
        with self.writing() as session:
            pending = pending_changes(session)
            planned = plan_release(session, pending, {c.key for c in pending.changes})
            publish(session, planned, author=ADMIN, note="")

    def change_and_apply(self, number: int) -> None:
        """So many edits, as a release."""
        with self.writing() as session:
            for id in self.dice.sample(self.ids, number):
                self._change_one(session, id, "edit")
        self.apply()

    def _change_one(self, session: Session, id: int, kind: str) -> int:
        package = drafts.get_package(session, id)
        signed = {"version": package.version, "author": ADMIN}
        if kind == "remove" and ordering.count_staying(session, package.country) == 1:
            kind = "edit"  # a country left empty would ask for a look
        match kind:
            case "edit":
                values = package.values._replace(short_info=self.text())
                drafts.edit_package(session, id, values, **signed)  # type: ignore[arg-type]
            case "move":
                is_first = drafts.position_of(session, package) == 1
                to = Place(2 if is_first else 1)
                drafts.move_package(session, id, to, country=package.country, author=ADMIN)
            case "add":
                values = _values(next(self.numbers), package.country)
                id = drafts.add_package(session, values, author=ADMIN).id
                self.ids.append(id)
            case "remove":
                drafts.remove_package(session, id, **signed)  # type: ignore[arg-type]
                self.ids.remove(id)
        return id


@contextmanager
def opened(url: str, size: int) -> Iterator[Catalogue]:
    """Fills the empty database at `url`."""
    migrate(url)
    app = create_app(config_for(url))
    with app.app_context():
        engine = db.engine
    ids = add_packages(engine, size)
    with Session(engine) as session, writing(session):
        apply_reviewed(session, pending_changes(session).token, author=ADMIN)
    with Session(engine) as session, writing(session):
        if engine.dialect.name == "postgresql":  # as its autovacuum does after a while
            session.execute(text("ANALYZE"))
    client = signed_in_client(app, engine, make_admin(engine, ADMIN))
    token = csrf_token(client, "/login/again")
    gc.collect()
    gc.freeze()  # as in a worker
    yield Catalogue(size, engine, client, token, ids, count(size))
    engine.dispose()


def typed(package: CreditPackage, **changes: str) -> dict[str, str]:
    """The edit form of a package as it is sent when its place was left alone."""
    price = money.input_value(package.price_minor, package.currency, ADMINS_LOCALE)
    form = {name: str(getattr(package, name)) for name in PACKAGE_FIELDS if name != "price_minor"}
    opened = {"price": price, "position": "1", "opened_position": "1"}
    return form | opened | {"version": str(package.version)} | changes


def _values(number: int, country: str) -> PackageValues:
    """A package like no other, at the same price per credit as all: nothing looks like a slip."""
    credits = 50 + number
    currency = countries.usual_currency(country) or ""
    return PackageValues(
        f"Pack {credits}", credits, PRICE_OF_A_CREDIT * credits, currency, country, SHORT_INFO
    )


def add_packages(engine: Engine, size: int) -> list[int]:
    """The ids of that many drafts: by rows and not by a form each, which would take minutes."""
    values = [_values(n, COUNTRIES[n % len(COUNTRIES)]) for n in range(size)]
    packages = [
        {name: getattr(package, name) for name in PACKAGE_FIELDS}
        | {"rank": (n // len(COUNTRIES) + 1) * RANK_GAP, "version": 1}
        | {"search_text": fold(f"{package.name}\n{package.short_info}")}
        for n, package in enumerate(values)
    ]
    with Session(engine) as session, writing(session):
        session.execute(insert(CreditPackage), packages)
        ids = list(session.scalars(select(CreditPackage.id).order_by(CreditPackage.id)))
        added = {"action": "added", "version": 1, "old": {}, "new": {}, "author": ADMIN}
        added["item_type"] = "package"
        session.execute(insert(DraftRevision), [{"item_id": id, **added} for id in ids])
    return ids


def _good(answer: TestResponse) -> TestResponse:
    assert answer.status_code == 200, answer.text
    return answer
