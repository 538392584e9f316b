"""Whether owners require a second factor of everyone: who has none sets one up at the next
sign-in."""

from sqlalchemy import select, update

from domain.accounts.models import SignInSession
from domain.accounts.team_models import RequiredSecondFactor
from domain.database import AnySession


def find_requirement(session: AnySession) -> RequiredSecondFactor | None:
    """Who required it, and since when; None while it is up to each admin."""
    return session.get(RequiredSecondFactor, 1, populate_existing=True)


def is_required(session: AnySession) -> bool:
    return session.scalar(select(RequiredSecondFactor.id)) is not None


def require(session: AnySession, author: str) -> bool:
    """For who holds the lock of the team; False when it is required already."""
    if is_required(session):
        return False
    session.add(RequiredSecondFactor(author=author))
    session.flush()
    return True


def make_optional(session: AnySession) -> bool:
    """As `require`: False when it is up to each admin already. Who was to set one up first goes on
    without."""
    row = find_requirement(session)
    if row is None:
        return False
    session.delete(row)
    session.flush()
    held_up = update(SignInSession).where(SignInSession.needs_second_factor)
    session.execute(held_up.values(needs_second_factor=False))
    return True
