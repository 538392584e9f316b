"""How often signing in failed within each hour, for the activity: as an admin, or with emails that
no admin has."""

from datetime import datetime

from sqlalchemy import delete, func, select, update

from domain.accounts.models import Admin, FailedSignInHour
from domain.database import AnySession, insert_for


def count_failed(session: AnySession, email: str, at: datetime) -> None:
    """One more with this normal email, which is not kept when no admin has it."""
    known = select(Admin.email).where(Admin.email == email).scalar_subquery()
    insert = insert_for(session)(FailedSignInHour)
    add = insert.values(hour=_hour(at), author=func.coalesce(known, ""), count=1)
    more = {"count": FailedSignInHour.count + 1}
    session.execute(add.on_conflict_do_update(index_elements=["hour", "author"], set_=more))


def take_back_failed(session: AnySession, email: str, at: datetime) -> None:
    """What was counted at that time was none: this admin is signed in."""
    same = (FailedSignInHour.hour == _hour(at), FailedSignInHour.author == email)
    some = update(FailedSignInHour).where(*same, FailedSignInHour.count > 0)
    session.execute(some.values(count=FailedSignInHour.count - 1))
    # The update holds the row: whoever counts one more now waits, and begins at none.
    session.execute(delete(FailedSignInHour).where(*same, FailedSignInHour.count == 0))


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
