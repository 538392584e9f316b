"""Admins at once, at random: each acknowledged write is there until a later one replaces it."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from domain.catalogue.changes.diff import compare
from domain.catalogue.drafts.drafts import position_of
from domain.catalogue.models import Release
from domain.catalogue.packages.models import CreditPackage
from domain.catalogue.pending.pending import pending_changes
from domain.catalogue.releases.history import drafted_items, live_items
from tests.modelling import items, with_changes
from tests.page_helpers import add, apply_all
from tests.racing import Admin
from tests.racing_lines import check_batches
from tests.replaying import check_live_tables, read_drafts, read_release, replay
from tests.soak import OPERATIONS, naming_seed

ADMINS = ("ana@example.com", "ben@example.com", "cem@example.com")


def test_admins_lose_nothing_and_publish_what_they_saw(engine: Engine, session: Session) -> None:
    """Caught: no lock on PostgreSQL; a save that takes back what others saved since; Apply and
    discard with another token; removed drafts that are released; what others added since released
    along. Of many at once: values written as they are; two lines about one package; a removal of
    another version; a part saved of what was to be saved whole; a plan that is carried out though
    others wrote since it was made."""
    for country in ("US", "TR"):
        add(session, "A", "B", "C", country=country)
    apply_all(session)
    start = read_drafts(session)
    session.rollback()
    with naming_seed() as seed:
        admins = [Admin(engine, email, seed) for email in ADMINS]
        with ThreadPoolExecutor(len(admins)) as pool:
            for working in [pool.submit(admin.work, OPERATIONS // len(ADMINS)) for admin in admins]:
                working.result()
        assert read_drafts(session) == replay(start, [e for a in admins for e in a.history])
        check_places(session)
        check_batches(session)
        check_releases(session, admins)
    outcomes = sum((admin.outcomes for admin in admins), start=Counter())
    counts = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common())
    print(f"{engine.dialect.name}: {OPERATIONS} operations of {len(ADMINS)} admins: {counts}")  # noqa: T201


def check_places(session: Session) -> None:
    """1 to n in each country, without gaps."""
    for country in ("US", "TR"):
        staying = CreditPackage.country == country, CreditPackage.removed_at.is_(None)
        found = session.scalars(select(CreditPackage).where(*staying)).all()
        places = sorted(position_of(session, package) for package in found)
        assert places == list(range(1, len(places) + 1))


def check_releases(session: Session, admins: list[Admin]) -> None:
    """Those that were acknowledged, and each what its author saw and chose, nothing else."""
    applied = {number: how for admin in admins for number, how in admin.applied.items()}
    numbers = session.scalars(select(Release.number).order_by(Release.number)).all()
    assert numbers == [1, *sorted(applied)]
    for number, (look, keys) in applied.items():
        before, released = read_release(session, number - 1), read_release(session, number)
        assert items(released) == with_changes(before, look.rows, keys or look.keys)
    check_live_tables(session, len(numbers))
    whole = compare(live_items(session), drafted_items(session))
    assert len(pending_changes(session).changes) == len(whole)
