"""Two admins who draft at random, one after the other, and a model that knows what must come of it.

They save what they opened a while ago, so that the other one's save may have come between.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy.orm import Session

from domain.catalogue.drafts import drafts
from domain.catalogue.drafts.ordering import After, Before, Destination, Place, Step
from domain.catalogue.errors import CatalogueError, EditConflict, PackageRemoved, StaleVersion
from domain.catalogue.markets.rules import INITIAL_MARKET, MarketValues
from domain.catalogue.packages.models import CreditPackage
from domain.catalogue.packages.rules import PackageValues
from domain.catalogue.pending.planning import Plan, write_planned
from domain.catalogue.settings.rules import SettingsValues
from domain.connections import connect
from domain.database import writing
from tests.modelling import GROUPS, MARKET_GROUPS, SETTINGS_GROUPS, Model, merged
from tests.replaying import EMPTY, read_drafts

Result = TypeVar("Result")
KEPT_FORMS = 3

ADMINS = st.sampled_from(["ana@example.com", "ben@example.com"])
TYPED = {
    # Of few names there are twins now and then, which must not go live.
    "name": st.sampled_from("ABCDEFGH"),
    "credits": st.sampled_from([1, 2]),
    "price_minor": st.sampled_from([100, 200]),
    "currency": st.sampled_from(["USD", "TRY"]),
    "country": st.sampled_from(["US", "TR"]),
    "short_info": st.sampled_from(["", "x"]),
}
# What is there in the beginning: enough for orders in which something can be moved.
FIRST = st.lists(
    st.fixed_dictionaries(TYPED), min_size=4, max_size=7, unique_by=lambda v: v["name"]
)
TYPED_SETTINGS = {
    "platform_name": st.sampled_from(["A", "B"]),
    "time_zone": st.sampled_from(["UTC", "Asia/Tokyo"]),
    "intro_en": st.sampled_from(["", "x"]),
    "intro_tr": st.sampled_from(["", "x", "y"]),
}
ELSEWHERE = "https://shop.example/buy?package={id}"
WAYS_OF_BUYING = [{"buying": way, "buying_link": ""} for way in ("here", "nowhere")]
WAYS_OF_BUYING += [{"buying": "link", "buying_link": ELSEWHERE}]
# A rate comes with its tax: none of them means anything alone.
TAXES = [{"tax": "nothing", "tax_basis_points": 0}, {"tax": "when_used", "tax_basis_points": 0}]
TAXES += [{"tax": "included", "tax_basis_points": rate} for rate in (0, 2000)]
TYPED_MARKET = st.builds(
    lambda tax, notes: tax | notes,
    st.sampled_from([{}, *TAXES]),
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys(["note_en", "note_de"], st.sampled_from(["", "x", "y"]))
    ),
)
COUNTRIES = ("TR", "US")


@dataclass(frozen=True)
class Form:
    """A draft as an admin opened it."""

    id: int
    version: int
    values: PackageValues


@dataclass(frozen=True)
class MarketForm:
    """What was said about a country when an admin opened it."""

    country: str
    version: int
    values: MarketValues


class Drafting(RuleBasedStateMachine):
    fresh: Callable[[], str]  # the URL of an empty database

    def __init__(self) -> None:
        super().__init__()
        self.engine = connect(self.fresh())
        self.session = Session(self.engine)
        self.model = Model(EMPTY)
        self.writes = 0
        self.forms: list[Form] = []
        self.settings: dict[str, tuple[int, SettingsValues]] = {}
        self.markets: dict[str, MarketForm] = {}

    def teardown(self) -> None:
        self.session.close()
        self.engine.dispose()

    def attempt(self, do: Callable[[], Result]) -> Result | CatalogueError:
        """What came of a write, or why it was refused; the invariants see if that left a trace."""
        try:
            with writing(self.session):
                result = do()
        except CatalogueError as refusal:
            return refusal
        self.writes += 1
        return result

    def attempt_planned(self, plan: Plan[Result]) -> Result | CatalogueError:
        """The same for a write that is planned first."""
        try:
            result = write_planned(self.session, plan)
        except CatalogueError as refusal:
            return refusal
        self.writes += 1
        return result

    def staying(self) -> list[int]:
        return sorted(id for order in self.model.orders.values() for id in order)

    def gone(self) -> list[int]:
        return sorted(self.model.values.keys() - set(self.staying()))

    @initialize(values=FIRST)
    def begin(self, values: list[dict[str, Any]]) -> None:
        for each in values:
            self.add("ana@example.com", each, 1)

    @rule(by=ADMINS, values=st.fixed_dictionaries(TYPED), place=st.integers(1, 6))
    def add(self, by: str, values: dict[str, Any], place: int) -> None:
        new = PackageValues(**values)
        id = self.attempt(
            lambda: drafts.add_package(self.session, new, position=place, author=by).id
        )
        assert isinstance(id, int)
        self.model.add(id, values, place)

    def form(self, data: st.DataObject) -> Form:
        """A form that somebody opened now, or a while ago."""
        self.session.rollback()
        package = drafts.get_package(self.session, data.draw(st.sampled_from(self.staying())))
        new = Form(package.id, package.version, package.values)
        self.forms = [new, *self.forms[:KEPT_FORMS]]
        return data.draw(st.sampled_from(self.forms))

    @precondition(lambda self: self.staying())
    @rule(by=ADMINS, data=st.data(), typed=st.fixed_dictionaries({}, optional=TYPED))
    def save(self, by: str, data: st.DataObject, typed: dict[str, Any]) -> None:
        form = self.form(data)
        new = form.values._replace(**typed)
        refusal = self.attempt(
            lambda: drafts.edit_package(self.session, form.id, new, version=form.version, author=by)
        )
        now = self.model.values[form.id]
        expected = merged(form.values._asdict(), new._asdict(), now, GROUPS)
        if not self.model.is_staying(form.id):
            assert isinstance(refusal, PackageRemoved)
        elif expected is None:
            assert isinstance(refusal, EditConflict)
        else:
            assert not isinstance(refusal, CatalogueError)
            self.model.save(form.id, expected)

    @precondition(lambda self: self.staying())
    @rule(by=ADMINS, data=st.data(), place=st.integers(1, 6))
    def move(self, by: str, data: st.DataObject, place: int) -> None:
        id, neighbour = (data.draw(st.sampled_from(self.staying())) for _ in range(2))
        destinations = [Place(place), Before(neighbour), After(neighbour), *Step]
        to: Destination = data.draw(st.sampled_from(destinations))
        country, here = self.model.country(id), self.model.place(id)
        done = self.attempt(
            lambda: drafts.move_package(self.session, id, to, country=country, author=by)
        )
        assert isinstance(done, CreditPackage)
        match to:
            case Before() | After():
                self.model.move_beside(id, neighbour, isinstance(to, After))
            case Place():
                self.model.move(id, place)
            case Step():
                self.model.move(id, here + to.value)

    @precondition(lambda self: self.staying())
    @rule(by=ADMINS, data=st.data())
    def remove(self, by: str, data: st.DataObject) -> None:
        form = self.form(data)
        is_stale = drafts.get_package(self.session, form.id).version != form.version
        refusal = self.attempt(
            lambda: drafts.remove_package(self.session, form.id, version=form.version, author=by)
        )
        if not self.model.is_staying(form.id):
            assert isinstance(refusal, PackageRemoved)
        elif is_stale:
            assert isinstance(refusal, StaleVersion)
        else:
            assert isinstance(refusal, CreditPackage)
            self.model.put(form.id, {}, 0)

    @precondition(lambda self: self.gone())
    @rule(by=ADMINS, data=st.data())
    def keep(self, by: str, data: st.DataObject) -> None:
        """It comes back as it was, where it was among those that stay: the model takes that over,
        as an undo may have changed it before it was removed."""
        id = data.draw(st.sampled_from(self.gone()))
        self.session.rollback()
        package = drafts.get_package(self.session, id)
        version, values = package.version, package.values._asdict()
        place = self.attempt(
            lambda: drafts.position_of(
                self.session, drafts.keep_package(self.session, id, version=version, author=by)
            )
        )
        assert isinstance(place, int)
        self.model.put(id, values, place)

    @rule(by=ADMINS)
    def open_settings(self, by: str) -> None:
        self.session.rollback()
        now = drafts.get_settings(self.session)
        self.settings[by] = now.version, now.values

    @precondition(lambda self: self.settings)
    @rule(
        data=st.data(),
        typed=st.fixed_dictionaries({}, optional=TYPED_SETTINGS),
        way=st.sampled_from([{}, *WAYS_OF_BUYING]),
    )
    def save_settings(
        self, data: st.DataObject, typed: dict[str, str], way: dict[str, str]
    ) -> None:
        by = data.draw(st.sampled_from(sorted(self.settings)))
        version, opened = self.settings[by]
        new = opened._replace(**typed, **way)
        refusal = self.attempt(
            lambda: drafts.edit_settings(self.session, new, version=version, author=by)
        )
        expected = merged(opened._asdict(), new._asdict(), self.model.settings, SETTINGS_GROUPS)
        if expected is None:
            assert isinstance(refusal, EditConflict)
        else:
            assert not isinstance(refusal, CatalogueError)
            self.model.put_settings(dict(expected))

    @rule(by=ADMINS, country=st.sampled_from(COUNTRIES))
    def open_market(self, by: str, country: str) -> None:
        self.session.rollback()
        now = drafts.find_market(self.session, country)
        version, values = (now.version, now.values) if now else (1, INITIAL_MARKET)
        self.markets[by] = MarketForm(country, version, values)

    @precondition(lambda self: self.markets)
    @rule(data=st.data(), typed=TYPED_MARKET)
    def save_market(self, data: st.DataObject, typed: dict[str, Any]) -> None:
        """The first one to say something about a country may meet with another first one."""
        by = data.draw(st.sampled_from(sorted(self.markets)))
        form = self.markets[by]
        new = form.values._replace(**typed)
        id = self.attempt(
            lambda: (
                drafts.edit_market(
                    self.session, form.country, new, version=form.version, author=by
                ).id
            )
        )
        now = self.model.market(form.country)
        expected = merged(form.values._asdict(), new._asdict(), now, MARKET_GROUPS)
        if expected is None:
            assert isinstance(id, EditConflict)
        else:
            assert isinstance(id, int)
            self.model.put_market(id, form.country, dict(expected))

    @invariant()
    def drafts_are_what_was_saved(self) -> None:
        self.session.rollback()
        assert read_drafts(self.session) == self.model.rows
