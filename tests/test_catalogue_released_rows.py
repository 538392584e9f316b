"""What a release writes: rows for what it changes, and nothing for the rest of the catalogue."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from domain.catalogue.changes import ranks
from domain.catalogue.changes.diff import States
from domain.catalogue.drafts import drafts, ordering
from domain.catalogue.markets.models import ReleasedMarket
from domain.catalogue.markets.rules import INITIAL_MARKET, MarketValues
from domain.catalogue.packages.models import LivePackage, ReleasedPackage
from domain.catalogue.pending.pending import pending_changes
from domain.catalogue.releases.history import drafted_items, live_items, released_items
from domain.catalogue.settings.models import ReleasedSettings
from domain.catalogue.settings.rules import INITIAL_SETTINGS
from domain.catalogue.storefront import live
from domain.database import writing
from tests.conftest import ADMIN
from tests.counting import watching
from tests.page_helpers import add, apply_acknowledged, apply_all, edit, move, remove

pytestmark = pytest.mark.long

PACKAGES = 30
# The release and its seal.
ALWAYS = 2
# Of each item: its version in the release, the live row that it had, and the one that it has now.
VERSION, GOES, COMES = 1, 1, 1


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """So little room between ranks that it is soon used up."""
    for module in (ranks, ordering):
        monkeypatch.setattr(module, "RANK_GAP", 8)


@pytest.fixture
def ids(session: Session) -> list[int]:
    """Thirty packages are live in the US, and as many in Turkey; all is said of the US."""
    ids = add(session, *(f"P{n:02}" for n in range(PACKAGES)))
    add(session, *(f"P{n:02}" for n in range(PACKAGES)), country="TR")
    said = MarketValues("when_used")
    with writing(session):
        drafts.edit_market(session, "US", said, version=1, author=ADMIN)
        new = INITIAL_SETTINGS._replace(intro_en="x")
        drafts.edit_settings(session, new, version=1, author=ADMIN)
    apply_all(session)
    return ids


def rows_written(session: Session, engine: Engine, chosen: set[str] | None = None) -> int:
    token = pending_changes(session).token
    with watching(engine) as asked, writing(session):
        apply_acknowledged(session, token, chosen=chosen)
    return asked.rows_written


def versions(session: Session) -> dict[str, int]:
    """How many versions there are of each type."""
    session.rollback()
    tables = {"package": ReleasedPackage, "settings": ReleasedSettings, "market": ReleasedMarket}
    return {
        type: session.scalar(select(func.count()).select_from(table)) or 0
        for type, table in tables.items()
    }


def ranks_now(session: Session) -> dict[int, int]:
    session.rollback()
    rows = session.execute(select(LivePackage.item_id, LivePackage.rank))
    return dict(rows.tuples().all())


def that_say_something(states: States) -> States:
    """Without markets of which nothing is said: they are there from then on, and were all along."""
    return {item: s for item, s in states.items() if s.values != INITIAL_MARKET}


def settle(session: Session) -> None:
    now = drafts.get_settings(session)
    with writing(session):
        new = now.values._replace(intro_tr="x")
        drafts.edit_settings(session, new, version=now.version, author=ADMIN)


def say(session: Session, country: str) -> None:
    now = drafts.find_market(session, country)
    version = now.version if now else 1
    with writing(session):
        new = MarketValues("when_used", note_de="x")
        drafts.edit_market(session, country, new, version=version, author=ADMIN)


@pytest.mark.parametrize(
    ("write", "type", "rows"),
    [
        (lambda s: edit(s, 7, short_info="x"), "package", VERSION + GOES + COMES),
        (lambda s: add(s, "New"), "package", VERSION + COMES),
        (lambda s: remove(s, 7), "package", VERSION + GOES),
        (lambda s: move(s, 7, 1), "package", VERSION + GOES + COMES),
        (lambda s: move(s, 7, 30), "package", VERSION + GOES + COMES),
        (lambda s: move(s, 7, 20), "package", VERSION + GOES + COMES),
        (lambda s: edit(s, 7, country="DE"), "package", VERSION + GOES + COMES),
        (settle, "settings", VERSION + GOES + COMES),
        (lambda s: say(s, "US"), "market", VERSION + GOES + COMES),
        (lambda s: say(s, "TR"), "market", VERSION + COMES),
    ],
    ids=[
        *("edited", "added", "removed", "moved up", "moved down", "moved on", "elsewhere"),
        *("settings", "market", "new market"),
    ],
)
@pytest.mark.usefixtures("ids")
def test_a_change_writes_its_own_rows_and_no_others(
    session: Session, engine: Engine, write: Callable[[Session], object], type: str, rows: int
) -> None:
    """Caught: the whole catalogue copied; all live rows written anew; a version of each package
    that a move passed."""
    before = versions(session)
    write(session)
    assert rows_written(session, engine) == ALWAYS + rows
    assert versions(session) == before | {type: before[type] + 1}
    assert live_items(session) == drafted_items(session)


def test_edited_and_moved_is_one_version(session: Session, engine: Engine, ids: list[int]) -> None:
    edit(session, ids[6], short_info="x")
    move(session, ids[6], 1)
    assert rows_written(session, engine) == ALWAYS + VERSION + GOES + COMES


def test_what_is_left_out_writes_nothing(session: Session, engine: Engine, ids: list[int]) -> None:
    for id in ids:
        edit(session, id, short_info="x")
    chosen = {f"package-{ids[0]}-edited"}
    assert rows_written(session, engine, chosen) == ALWAYS + VERSION + GOES + COMES


def test_only_where_the_room_is_used_up_a_country_is_written_anew(
    session: Session,
    engine: Engine,
    narrow: None,  # noqa: ARG001 - for its effect on the next
    ids: list[int],
) -> None:
    """The named exception: all of that country, and nothing of any other.

    Caught: every country written anew; of those written anew only the moved ones released.
    """
    was = ranks_now(session)
    used_up, before = 0, versions(session)
    for turn in range(20):
        move(session, ids[turn % 2 + 5], 2)
        rows = rows_written(session, engine)
        added, before = versions(session)["package"] - before["package"], versions(session)
        assert rows == ALWAYS + added * (VERSION + GOES + COMES)
        assert added in (1, PACKAGES)
        used_up += added == PACKAGES
        assert live_items(session) == drafted_items(session)
    assert 0 < used_up < 20
    now, others = ranks_now(session), was.keys() - set(ids)
    assert {id: now[id] for id in others} == {id: was[id] for id in others}


def test_a_release_of_long_ago_is_as_it_was(session: Session, ids: list[int]) -> None:
    """Caught: past releases read with the order, the market or the packages of now; what is gone
    shown; the newest version of all times for the newest until then."""
    shown = {}
    for number in range(1, 6):
        session.rollback()
        states = live_items(session)
        assert states == released_items(session, number)
        release = live.live_release(session)
        cards = {c: live.list_cards(session, release, c) for c in ("US", "TR", "DE")}
        markets = {c: live.find_market(session, release, c) for c in ("US", "TR", "DE")}
        shown[number] = that_say_something(states), release.settings, cards, markets
        edit(session, ids[number], short_info=f"{number}")
        edit(session, ids[number + 5], country="DE")
        move(session, ids[number + 10], 1)
        remove(session, ids[number + 15])
        say(session, ("US", "TR", "DE")[number % 3])
        if number == 3:
            settle(session)
        apply_all(session)
    session.rollback()
    for number, (said, settings, cards, markets) in shown.items():
        past = live.past_release(session, number)
        assert past
        assert (past.number, past.is_past, past.settings) == (number, True, settings)
        assert that_say_something(released_items(session, number)) == said
        for country in cards:
            assert live.list_cards(session, past, country) == cards[country]
            assert live.find_market(session, past, country) == markets[country]
        counts = {country: len(listed) for country, listed in cards.items() if listed}
        assert live.count_by_country(session, past) == counts
    now = live.past_release(session, 6)
    assert now == live.live_release(session)
    assert (live.past_release(session, 0), live.past_release(session, 7)) == (None, None)
    assert live.past_release(session, 2**63) is None
