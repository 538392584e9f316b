"""Two admins who draft at random, one after the other, and a model that knows what must come of it.

They save what they opened a while ago, so that the other one's save may have come between.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.catalogue.bulk.lines import Add, Edit, Line, Remove, Saved, plan_lines
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

    def write_lines(self, by: str, data: st.DataObject) -> None:
        """Edits and removals from forms that were opened now or a while ago, one for a package,
        and new packages: those that are not refused are written, in this order."""
        forms = {form.id: form for form in (self.form(data) for _ in range(3))}
        versions = {id: drafts.get_package(self.session, id).version for id in forms}
        lines: list[Line] = []
        for id, form in forms.items():
            if data.draw(st.booleans()):
                typed: dict[str, Any] = data.draw(st.fixed_dictionaries({}, optional=TYPED))
                lines.append(Edit(str(id), id, form.version, form.values._replace(**typed)))
            else:
                lines.append(Remove(str(id), id, form.version))
        new: list[dict[str, Any]] = data.draw(st.lists(st.fixed_dictionaries(TYPED), max_size=2))
        lines += [Add(f"new-{i}", PackageValues(**each)) for i, each in enumerate(new)]
        plan = partial(plan_lines, lines=lines, action="prices", author=by)
        done = self.attempt_planned(plan)
        assert isinstance(done, Saved)
        refused = {each.line.key for each in done.refused}
        assert refused == {line.key for line in lines if not self.follows(line, forms, versions)}
        self.session.rollback()
        added = select(CreditPackage.id).where(CreditPackage.id.not_in(self.model.values))
        ids = self.session.scalars(added.order_by(CreditPackage.id)).all()
        for id, each in zip(ids, new, strict=True):
            self.model.add(id, each, 99)

    def follows(self, line: Line, forms: dict[int, Form], versions: dict[int, int]) -> bool:
        """Whether the line is written; the model follows it. New ones are not in it yet."""
        if not isinstance(line, Edit | Remove):
            return True
        id = line.package_id
        if not self.model.is_staying(id):
            return False
        if isinstance(line, Remove):
            if versions[id] == line.version:
                self.model.put(id, {}, 0)
            return versions[id] == line.version
        opened, now = forms[id].values._asdict(), self.model.values[id]
        expected = merged(opened, line.values._asdict(), now, GROUPS)
        if expected is not None:
            self.model.save(id, expected)
        return expected is not None

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
