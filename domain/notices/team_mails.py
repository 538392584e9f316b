"""Mails with a link that lets somebody into the team, or back into it."""

import secrets

from domain.accounts.admins import find_admin
from domain.accounts.invitations import LIFETIME, NewLink
from domain.accounts.owners import Owner
from domain.accounts.password_links import LIFETIME as PASSWORD_LIFETIME
from domain.accounts.team import Member
from domain.database import AnySession
from domain.outbox.acts import put
from domain.outbox.rules import MAIL

KEY_BYTES = 16
HOUR_SECONDS = 3600


def put_invitation(
    session: AnySession, link: NewLink, inviter: Owner, *, language: str, origin: str
) -> None:
    """In the transaction that makes the link. The list of mails does not show the token."""
    admin = find_admin(session, inviter.email)
    hours = int(LIFETIME.total_seconds()) // HOUR_SECONDS
    said = {"inviter": admin.display_name if admin else "", "role": link.role.value}
    put(
        session,
        MAIL,
        f"team_invitation:{secrets.token_hex(KEY_BYTES)}",
        topic="team_invitation",
        recipient=link.email,
        data={"language": language, "origin": origin, "hours": hours, **said},
        secrets={"token": link.token},
    )


def put_password_link(
    session: AnySession, member: Member, token: str, *, language: str, origin: str
) -> None:
    """As `put_invitation`."""
    hours = int(PASSWORD_LIFETIME.total_seconds()) // HOUR_SECONDS
    put(
        session,
        MAIL,
        f"password_link:{secrets.token_hex(KEY_BYTES)}",
        topic="password_link",
        recipient=member.email,
        data={"language": language, "origin": origin, "hours": hours},
        secrets={"token": token},
    )
