"""Two who do the same at the same moment: one of them did it, and leaves the line."""

from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from domain.accounts import sessions
from domain.accounts.admins import find_admin
from domain.catalogue.preview import preview_links
from domain.customers import sessions as customer_sessions
from domain.customers.tags import add_tag, remove_tag
from domain.database import AnySession, writing
from domain.embedding import sites
from domain.embedding.errors import SiteNotFound
from domain.platforms import platforms
from domain.platforms.errors import PlatformNotFound
from domain.purchases import mending
from domain.purchases.pause import pause, resume
from tests.conftest import ADMIN
from tests.customers import add_customer
from tests.hosts import new_host
from tests.meeting import Meeting
from tests.test_write_paths import with_a_case_that_is_done

Act = Callable[[AnySession], object]


def with_a_site(session: Session) -> Act:
    with writing(session):
        site, _is_new = sites.add_site(session, "https://one.example", author=ADMIN)
        return partial(sites.remove_site, site_id=site.id)


def with_a_platform(session: Session) -> Act:
    return partial(platforms.remove, platform_id=new_host(session).platform_id)


def with_a_sign_in(session: Session) -> Act:
    with writing(session):
        admin = find_admin(session, ADMIN)
        assert admin
        return partial(sessions.end_session, token=sessions.open_session(session, admin).token)


def with_a_customer_signed_in(session: Session) -> Act:
    customer = add_customer(session)
    with writing(session):
        customer_sessions.open_session(session, customer)
    return partial(customer_sessions.end_all_sessions, customer_id=customer)


def with_a_tag(session: Session) -> Act:
    customer = add_customer(session)
    with writing(session):
        add_tag(session, customer, "VIP")
    return partial(remove_tag, customer_id=customer, tag="VIP")


def with_a_preview_link(session: Session) -> Act:
    with writing(session):
        preview_links.make_link(session, 7, author=ADMIN)
    return partial(preview_links.revoke_link, link_id=1)


def with_a_pause(session: Session) -> Act:
    with writing(session):
        pause(session, ADMIN)
    return resume


def without_a_pause(_session: Session) -> Act:
    return partial(pause, author=ADMIN)


def with_a_case(session: Session) -> Act:
    with_a_case_that_is_done(session)
    return partial(mending.reopen, customer_id=1, package_id=1)


@pytest.mark.usefixtures("admin")
@pytest.mark.parametrize(
    "scene",
    [
        *(with_a_site, with_a_platform, with_a_sign_in, with_a_customer_signed_in, with_a_tag),
        *(with_a_preview_link, with_a_pause, without_a_pause, with_a_case),
    ],
)
def test_one_of_two_did_it(
    engine: Engine, session: Session, scene: Callable[[Session], Act]
) -> None:
    """Caught: `session.delete(site)` after a look for it; a platform that is looked for before it
    is removed."""
    act = scene(session)
    session.rollback()
    assert Meeting(engine).of(partial(did, act), partial(did, act)) == [True, False]


def did(act: Act, session: AnySession) -> bool:
    try:
        return bool(act(session))
    except (SiteNotFound, PlatformNotFound):
        return False
