"""How often each admin gets which notices."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import delete, insert, select

from domain.accounts.admins import lock_admins
from domain.accounts.models import IS_ACTIVE, Admin
from domain.accounts.roles import Permission, roles_with
from domain.database import AnySession
from domain.notices.models import NoticeChoice
from domain.notices.rules import KINDS, USUAL, Frequency, Kind


def list_choices(session: AnySession, admin_id: int) -> dict[Kind, Frequency]:
    """What the admin chose, or what is usual."""
    chosen = session.execute(
        select(NoticeChoice.kind, NoticeChoice.frequency).where(NoticeChoice.admin_id == admin_id)
    )
    own: dict[Any, Any] = dict(chosen.tuples().all())
    return {kind: own.get(kind, usual) for kind, usual in USUAL.items()}


def choose(session: AnySession, admin_id: int, choices: Mapping[Kind, Frequency]) -> bool:
    """From now on; notices that wait for the mail of the day follow it too. Whether they are others
    than before."""
    lock_admins(session)
    before = list_choices(session, admin_id)
    session.execute(delete(NoticeChoice).where(NoticeChoice.admin_id == admin_id))
    rows = [
        {"admin_id": admin_id, "kind": kind, "frequency": choices.get(kind, USUAL[kind])}
        for kind in KINDS
    ]
    session.execute(insert(NoticeChoice), rows)
    return list_choices(session, admin_id) != before


class Recipient(NamedTuple):
    """An admin who gets a notice; without a `language` of their own in that of all others."""

    admin_id: int
    email: str
    language: str | None


def admins_who_chose(session: AnySession, kind: Kind, frequency: Frequency) -> list[Recipient]:
    """Those who chose this frequency for the kind, of those who may serve customers: all kinds are
    about these."""
    rows = session.execute(
        select(Admin.id, Admin.email, Admin.language, NoticeChoice.frequency)
        .outerjoin(NoticeChoice, (NoticeChoice.admin_id == Admin.id) & (NoticeChoice.kind == kind))
        .where(Admin.role.in_(roles_with(Permission.SERVE)), IS_ACTIVE)
        .order_by(Admin.id)
    )
    return [Recipient(*who) for *who, chosen in rows if (chosen or USUAL[kind]) == frequency]
