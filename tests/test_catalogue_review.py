"""Who may apply what without a look: the policy, without any page."""

from collections.abc import Iterator
from random import Random

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.catalogue.changes.diff import States
from domain.catalogue.changes.subset import apply_subset
from domain.catalogue.drafts import drafts
from domain.catalogue.drafts.drafts import add_package, edit_package, move_package, remove_package
from domain.catalogue.drafts.ordering import Place
from domain.catalogue.errors import (
    AlreadyApplied,
    Blocked,
    NeedsReview,
    NothingChosen,
    NothingPending,
    StaleReview,
)
from domain.catalogue.packages.models import CreditPackage
from domain.catalogue.packages.rules import PackageValues
from domain.catalogue.pending.pending import pending_changes
from domain.catalogue.price_checks.country_checks import check_prices
from domain.catalogue.price_checks.findings import Priced, priced, sort_findings
from domain.catalogue.price_checks.sale_checks import name_missing_buttons
from domain.catalogue.releases.history import drafted_items, get_release, released_items
from domain.catalogue.releases.publishing import plan_release, publish
from domain.catalogue.review.review import apply_reviewed, build_review
from domain.catalogue.storefront import live
from domain.database import writing

pytestmark = pytest.mark.long

ANA, BEN, CLEO = "ana@example.com", "ben@example.com", "cleo@example.com"


def values(name: str, country: str = "US", **others: object) -> PackageValues:
    fields = {"name": name, "credits": 100, "price_minor": 1999, "currency": "USD"}
    return PackageValues(**fields | {"country": country} | others)  # type: ignore[arg-type]


def apply(session: Session, author: str = ANA, **how: object) -> int:
    token = pending_changes(session).token
    return apply_reviewed(session, token, author=author, **how).number  # type: ignore[arg-type]


@pytest.fixture
def session(session: Session) -> Iterator[Session]:
    """Release 1 sells S, M, L in the US and T in Turkey."""
    with writing(session):
        for name, credits, price in (("S", 100, 1000), ("M", 200, 1900), ("L", 400, 3600)):
            package = values(name, credits=credits, price_minor=price)
            add_package(session, package, author=ANA)
        add_package(session, values("T", "TR", currency="TRY"), author=ANA)
        apply(session)
        yield session


def edit(session: Session, id: int, author: str, **changes: object) -> None:
    package = drafts.get_package(session, id)
    old = {name: getattr(package, name) for name in ("credits", "price_minor", "currency")}
    new = values(package.name, package.country, **old | changes)
    edit_package(session, id, new, version=package.version, author=author)


def test_what_is_mine_and_plain_needs_no_look(session: Session) -> None:
    edit(session, 1, ANA, price_minor=1050)
    assert apply(session) == 2


def test_changes_of_others_need_a_tick_for_each_of_them(session: Session) -> None:
    """Caught: one tick taken for all others."""
    edit(session, 1, BEN, price_minor=1050)
    edit(session, 2, CLEO, price_minor=1950)
    move_package(session, 3, Place(1), country="US", author=BEN)
    with pytest.raises(NeedsReview) as refused:
        apply(session, acknowledged={f"by-{BEN}"})
    assert [tick.text for tick in refused.value.missing] == [f"Include 1 change by {CLEO}"]
    assert apply(session, acknowledged={f"by-{BEN}", f"by-{CLEO}"}) == 2


def test_a_draft_that_two_worked_on_is_not_only_mine(session: Session) -> None:
    """Caught: only the latest author looked at."""
    edit(session, 1, BEN, price_minor=1050)
    edit(session, 1, ANA, price_minor=1050, short_info="x")
    review = build_review(session)
    assert not review.is_only_by(ANA, "package-1-edited")
    with pytest.raises(NeedsReview):
        apply(session)


def test_what_is_left_out_needs_no_tick(session: Session) -> None:
    edit(session, 1, ANA, price_minor=1050)
    edit(session, 2, BEN, price_minor=1950)
    assert apply(session, chosen={"package-1-edited"}) == 2
    assert [c.key for c in pending_changes(session).changes] == ["package-2-edited"]


def test_a_move_that_nobody_made_belongs_to_those_who_moved_around_it(session: Session) -> None:
    """Caught: authorship looked up by package alone, so that a change had no author."""
    move_package(session, 1, Place(4), country="US", author=BEN)
    move_package(session, 2, Place(4), country="US", author=BEN)
    review = build_review(session)
    (key,) = review.chosen
    assert key == "package-3-moved"
    assert review.authors(key) == (BEN,)


def test_a_change_without_a_revision_is_nobodys(session: Session) -> None:
    """Caught: an unknown author taken for the one who applies."""
    edit(session, 1, ANA, short_info="x")
    edit(session, 1, ANA, short_info="")
    session.execute(text("UPDATE credit_package SET price_minor = 1001 WHERE id = 1"))
    session.expire_all()
    with pytest.raises(NeedsReview, match="Not applied yet"):
        apply(session)


def test_warnings_need_their_tick(session: Session) -> None:
    edit(session, 1, ANA, price_minor=10000)
    review = build_review(session)
    assert {finding.rule for finding in review.findings} == {"tenfold"}
    with pytest.raises(NeedsReview):
        apply(session)
    assert apply(session, acknowledged={tick.key for tick in review.warnings}) == 2


def test_findings_are_about_the_countries_that_change(session: Session) -> None:
    edit(session, 4, ANA, price_minor=900)
    with pytest.raises(NeedsReview) as refused:
        apply(session)
    assert len(refused.value.missing) == 1
    edit(session, 1, ANA, price_minor=1050)
    assert apply(session, chosen={"package-1-edited"}) == 2


def test_an_emptied_country_is_said(session: Session) -> None:
    remove_package(session, 4, version=1, author=ANA)
    assert [f.rule for f in build_review(session).findings] == ["empty country"]


def test_a_package_that_changes_its_country_is_seen_in_both(session: Session) -> None:
    """Caught: only the new country looked at."""
    edit_package(session, 4, values("T", "DE", currency="EUR"), version=1, author=ANA)
    assert ("empty country", "TR") in {(f.rule, f.country) for f in build_review(session).findings}


def test_errors_block_and_name_every_package(session: Session) -> None:
    for _ in range(2):
        add_package(session, values("Same", credits=5, price_minor=50), author=ANA)
    with pytest.raises(Blocked) as refused:
        apply(
            session, acknowledged={tick.key for tick in build_review(session).acknowledgements(ANA)}
        )
    named = [(blocker.item.id, blocker.name) for blocker in refused.value.blockers]
    assert named == [(5, "Same"), (6, "Same")]


def test_blockers_and_errors_come_in_one_answer(session: Session) -> None:
    for _ in range(2):
        add_package(session, values("Same", credits=5, price_minor=50), author=ANA)
    edit(session, 1, ANA, credits=7)
    session.execute(text("UPDATE credit_package SET currency = 'XXX' WHERE id = 1"))
    session.expire_all()
    with pytest.raises(Blocked) as refused:
        apply(session)
    assert {blocker.item.id for blocker in refused.value.blockers} == {1, 5, 6}


def test_a_move_alone_is_not_blocked_by_an_edit_left_out(session: Session) -> None:
    """Caught: a move judged by the draft's values."""
    move_package(session, 1, Place(3), country="US", author=ANA)
    session.execute(text("UPDATE credit_package SET currency = 'XXX' WHERE id = 1"))
    session.expire_all()
    assert apply(session, chosen={"package-1-moved"}) == 2


def test_a_stale_token_is_told_before_anything_else(session: Session) -> None:
    """Caught: NeedsReview raised first, for changes that were never shown."""
    token = pending_changes(session).token
    edit(session, 1, BEN, price_minor=1050)
    with pytest.raises(StaleReview):
        apply_reviewed(session, token, author=ANA)
    apply(session, BEN)
    with pytest.raises(AlreadyApplied, match=BEN):
        apply_reviewed(session, token, author=ANA)


def test_nothing_chosen_and_nothing_pending_are_told_apart(session: Session) -> None:
    with pytest.raises(NothingPending):
        apply(session)
    edit(session, 1, ANA, price_minor=1050)
    with pytest.raises(NothingChosen):
        apply(session, chosen=())
    with pytest.raises(StaleReview):
        apply(session, chosen={"x"})


def test_a_refusal_leaves_live_as_it_is(session: Session) -> None:
    edit(session, 1, BEN, price_minor=1050)
    with pytest.raises(NeedsReview):
        apply(session)
    assert live.live_release(session).number == 1


def test_the_note_stays_with_the_release(session: Session) -> None:
    edit(session, 1, ANA, price_minor=1050)
    number = apply(session, note="Dearer")
    assert get_release(session, number).note == "Dearer"


def test_a_name_alone_can_be_a_slip(session: Session) -> None:
    """Caught: a name taken for as harmless as a short info."""
    new = drafts.get_package(session, 2).values._replace(name="S")
    edit_package(session, 2, new, version=1, author=ANA)
    assert [finding.rule for finding in build_review(session).findings] == ["twice in a country"]


def odd_values(dice: Random) -> PackageValues:
    """Few names, sizes and prices, so that many are free, dear in bulk or twice there."""
    country, currency = dice.choice((("US", "USD"), ("TR", "TRY"), ("DE", "EUR")))
    price = dice.choice((0, 1000, 1900, 10_000))
    name, credits = dice.choice("ABC"), dice.choice((100, 200, 400))
    return values(name, country, credits=credits, price_minor=price, currency=currency)


def change_anything(session: Session, dice: Random) -> None:
    package = dice.choice(list(session.scalars(select(CreditPackage).order_by("id"))))
    id, version = package.id, package.version
    if package.removed_at:
        drafts.keep_package(session, id, version=version, author=ANA)
    elif dice.random() < 0.2:
        remove_package(session, id, version=version, author=ANA)
    elif dice.random() < 0.3:
        add_package(session, odd_values(dice), author=ANA)
    else:
        new = odd_values(dice)
        new = package.values._replace(name=new.name) if dice.random() < 0.3 else new
        edit_package(session, id, new, version=version, author=ANA)


def in_order(items: States) -> dict[int, Priced]:
    return priced(sorted(items.values(), key=lambda state: state.position))


@pytest.mark.parametrize("seed", range(8))
def test_a_review_finds_what_comparing_everything_does(session: Session, seed: int) -> None:
    """Caught: what was live before said anew, by leaving out `read_before`, or what is free; the
    price before it came from another country forgotten."""
    dice = Random(seed)  # noqa: S311 - no secret
    for _ in range(2):
        for _ in range(8):
            change_anything(session, dice)
        pending = pending_changes(session)
        keys = [change.key for change in pending.changes]
        before = released_items(session, pending.live.number)
        for chosen in (None, dice.sample(keys, len(keys) // 2)):
            picked = keys if chosen is None else chosen
            after = apply_subset(before, drafted_items(session), pending.changes, picked)
            found = build_review(session, chosen).findings
            wanted = check_prices(in_order(before), in_order(after))
            assert list(found) == sort_findings(name_missing_buttons(wanted, {}, []))
        publish(session, plan_release(session, pending, keys), author=ANA, note="")
