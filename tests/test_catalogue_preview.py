"""The drafted side of the preview is what buyers see after Apply Changes, in every country."""

from random import Random

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.catalogue.drafts import drafts
from domain.catalogue.packages.models import CreditPackage
from domain.catalogue.preview.preview import Preview, build_preview
from domain.catalogue.settings.rules import SettingsValues
from domain.database import writing
from tests.conftest import ADMIN
from tests.page_helpers import add, apply_all, edit, move, order, pending, remove

pytestmark = pytest.mark.long

COUNTRIES = ("US", "DE", "TR", "JP")


def look(session: Session, country: str = "") -> Preview:
    session.rollback()
    return build_preview(session, country)


def drafted(preview: Preview) -> object:
    return preview.drafted.settings, [
        tuple(card.values) for card in preview.drafted.country_offers.offers
    ]


def live(preview: Preview) -> object:
    return preview.live.settings, [
        tuple(card.values) for card in preview.live.country_offers.offers
    ]


def edit_settings(session: Session, *values: str) -> None:
    with writing(session):
        version = drafts.get_settings(session).version
        drafts.edit_settings(session, SettingsValues(*values), version=version, author=ADMIN)


def write_at_random(session: Session, random: Random) -> None:
    session.rollback()
    staying = select(CreditPackage).where(CreditPackage.removed_at.is_(None))
    package = random.choice(list(session.scalars(staying.order_by(CreditPackage.id))))
    match random.choice(("edit", "move", "remove", "add", "elsewhere", "settings")):
        case "edit":
            edit(
                session, package.id, credits=random.randint(1, 99), price_minor=random.randint(1, 9)
            )
        case "move":
            move(session, package.id, random.randint(1, len(order(session, package.country))))
        case "remove" if len(order(session, package.country)) > 1:
            remove(session, package.id)
        case "elsewhere":
            edit(session, package.id, country=random.choice(COUNTRIES))
        case "settings":
            edit_settings(session, random.choice(("Lotus", "Talk")), random.choice(COUNTRIES))
        case _:
            add(session, f"P{random.random()}", country=random.choice(COUNTRIES))


@pytest.mark.parametrize("seed", range(4))
def test_what_is_drafted_is_live_after_apply(session: Session, seed: int) -> None:
    """Caught: removed drafts left in, ordered by id, and the live settings on both sides."""
    random = Random(seed)  # noqa: S311 - chooses, hides nothing
    for country in COUNTRIES:
        add(session, *(f"{country} {letter}" for letter in "ABC"), country=country)
    apply_all(session)
    for _ in range(25):
        write_at_random(session, random)
    before = {country: look(session, country) for country in COUNTRIES}
    promised = {country: drafted(preview) for country, preview in before.items()}
    assert any(drafted(preview) != live(preview) for preview in before.values())
    if pending(session):
        apply_all(session)
    for country in COUNTRIES:
        after = look(session, country)
        assert drafted(after) == live(after) == promised[country]
        assert after.live.countries == after.drafted.countries == before[country].drafted.countries
        assert not after.changes_by_country


def test_before_the_first_apply_nothing_is_live(session: Session) -> None:
    add(session, "A")
    preview = look(session)
    assert [card.values.name for card in preview.drafted.country_offers.offers] == ["A"]
    assert (preview.live.country_offers.offers, preview.live.countries) == ([], frozenset())
    assert preview.emptied == frozenset()


def test_a_package_that_changes_countries_counts_in_both(session: Session) -> None:
    ids = add(session, "A", "B")
    add(session, "C", country="DE")
    apply_all(session)
    edit(session, ids[0], country="DE", credits=7)
    move(session, ids[0], 1)
    edit(session, ids[1], credits=9)
    assert look(session).changes_by_country == {"US": 2, "DE": 1}


def test_a_country_that_loses_everything_is_named(session: Session) -> None:
    (only,) = add(session, "A", country="JP")
    add(session, "B")
    apply_all(session)
    remove(session, only)
    preview = look(session, "JP")
    assert (
        preview.drafted.country_offers.shown_country,
        preview.live.country_offers.shown_country,
    ) == ("US", "JP")
    assert preview.emptied == {"JP"}
    assert preview.countries == {"US", "JP"}
    assert look(session, "FR").countries == {"US", "JP", "FR"}


def test_it_opens_where_there_is_something_to_see(session: Session) -> None:
    """The default country as drafted, unless only others change."""
    add(session, "A", "B", country="DE")
    add(session, "C", country="TR")
    (us,) = add(session, "D")
    apply_all(session)
    assert look(session).country == "US"
    edit(session, 1, credits=7)
    edit(session, 3, credits=7)
    assert look(session).country == "DE"
    edit(session, 2, country="TR")
    edit(session, 1, credits=100)
    assert look(session).country == "TR"
    edit(session, us, credits=7)
    assert look(session).country == "US"
    edit_settings(session, "Lotus", "DE")
    assert look(session).country == "DE"
