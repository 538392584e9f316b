"""What the admin who reads a page chose for themselves, once a page has asked who it is. Asks no
database, so that error pages can ask."""

from flask import g

from domain.accounts.sessions import SignedIn


def note_admin(admin: SignedIn | None) -> None:
    """The rest of this request is read by this admin."""
    g.admin = admin
    for decided in ("language", "locale", "zone"):
        g.pop(decided, None)


def own_language() -> str:
    """ "" without one."""
    admin: SignedIn | None = g.get("admin")
    return (admin and admin.language) or ""


def own_zone() -> str:
    """IANA's name; "" without one."""
    admin: SignedIn | None = g.get("admin")
    return (admin and admin.time_zone) or ""
