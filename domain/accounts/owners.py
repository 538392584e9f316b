"""Who may act on the team: an active owner, as is looked up in the transaction of the act."""

from typing import NamedTuple

from sqlalchemy import select

from domain.accounts.admins import lock_admins
from domain.accounts.models import IS_ACTIVE, Admin
from domain.accounts.roles import Permission, Role, roles_with
from domain.accounts.team_errors import LastOwner, NotOwner
from domain.database import AnySession


class Owner(NamedTuple):
    """Who acts. `lock_as_owner` makes them, and nobody else."""

    id: int
    email: str


def lock_as_owner(session: AnySession, admin_id: int) -> Owner:
    """Lets nobody else act on the team until the transaction ends. Raises NotOwner: who was one
    when the request began may have been removed or demoted meanwhile."""
    lock_admins(session)
    admin = session.get(Admin, admin_id, populate_existing=True)
    if admin is None or not admin.is_active or not Role(admin.role).may(Permission.OWN):
        raise NotOwner
    return Owner(admin.id, admin.email)


def has_other_owner(session: AnySession, admin_id: int) -> bool:
    """Whether an owner is left without this admin."""
    owners = Admin.role.in_(roles_with(Permission.OWN))
    other = select(Admin.id).where(Admin.id != admin_id, owners, IS_ACTIVE).limit(1)
    return session.scalar(other) is not None


def refuse_without_owner(session: AnySession, admin: Admin) -> None:
    """For what takes the rights of an owner away. Raises LastOwner."""
    if Role(admin.role).may(Permission.OWN) and not has_other_owner(session, admin.id):
        raise LastOwner
