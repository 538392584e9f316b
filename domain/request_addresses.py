"""From which network addresses requests wrote, apart from what they did: what was done stays, and
addresses are deleted after 90 days."""

from datetime import datetime, timedelta

from sqlalchemy import Select, String, delete, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from domain.database import AnySession, Base, UtcDateTime, insert_for, read_clock, utc_now
from domain.request_context import ID_CHARACTERS, request_address, request_id

ADDRESS_CHARACTERS = 45
KEPT = timedelta(days=90)
MOST_FORGOTTEN = 1000


class RequestAddress(Base):
    """The network address that a request came from. One row for each request that wrote what is in
    the activity."""

    __tablename__ = "request_address"

    request_id: Mapped[str] = mapped_column(String(ID_CHARACTERS), primary_key=True)
    address: Mapped[str] = mapped_column(String(ADDRESS_CHARACTERS))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now(), index=True)


def note_address(session: AnySession) -> None:
    """Keeps from where this request came, in the transaction that writes what it did; once in it,
    however often it is asked for."""
    id, address = request_id.get(), request_address.get()
    transaction = session.connection().get_transaction()
    if not id or not address or session.info.get("address_noted_in") is transaction:
        return
    row = {"request_id": id, "address": address[:ADDRESS_CHARACTERS], "at": utc_now()}
    session.execute(insert_for(session)(RequestAddress).values(row).on_conflict_do_nothing())
    session.info["address_noted_in"] = transaction


def has_old_addresses(session: AnySession) -> bool:
    return session.scalar(_old_ones(session).limit(1)) is not None


def forget_addresses(session: AnySession) -> None:
    """Some of those that are older than 90 days, or of a clock that was set back."""
    few = _old_ones(session).limit(MOST_FORGOTTEN)
    session.execute(
        delete(RequestAddress)
        .where(RequestAddress.request_id.in_(few))
        .execution_options(synchronize_session=False)
    )


def _old_ones(session: AnySession) -> Select[tuple[str]]:
    now = read_clock(session)
    old = or_(RequestAddress.at < now - KEPT, RequestAddress.at > now + KEPT)
    return select(RequestAddress.request_id).where(old)
