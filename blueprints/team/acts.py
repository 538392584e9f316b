"""What owners do with an admin after a question: its words, and how it is done."""

from collections.abc import Callable
from typing import NamedTuple

from flask import request
from flask_babel import lazy_gettext as _

from blueprints.locale import operators_language
from blueprints.recording import record
from domain.accounts import password_links, team
from domain.accounts.owners import Owner
from domain.accounts.team import Member
from domain.database import AnySession
from domain.notices.own_account import tell_owner
from domain.notices.team_mails import put_password_link

Work = Callable[[AnySession, Owner, Member, str], str]


class Act(NamedTuple):
    """`work` takes what the form was opened with as its last argument, and returns the token of a
    link that is to be shown, "" when there is none."""

    title: object
    consequences: tuple[object, ...]
    button: object
    done: object
    log: str
    work: Work
    is_danger: bool = False
    needs_another: bool = False  # where a second factor is required


def disable(session: AnySession, owner: Owner, member: Member, seen: str) -> str:
    team.disable(session, owner, member.id, seen)
    record("admin_disabled", "admin", member.id)
    return ""


def enable(session: AnySession, owner: Owner, member: Member, seen: str) -> str:
    team.enable(session, owner, member.id, seen)
    record("admin_enabled", "admin", member.id)
    return ""


def remove(session: AnySession, owner: Owner, member: Member, seen: str) -> str:
    team.remove(session, owner, member.id, seen)
    record("admin_removed", "admin", member.id)
    return ""


def make_link(session: AnySession, owner: Owner, member: Member, seen: str) -> str:
    token = password_links.make_link(session, owner, member.id, seen)
    record("password_link_made", "admin", member.id)
    origin = request.host_url.rstrip("/")
    put_password_link(session, member, token, language=language_of(member), origin=origin)
    return token


def reset(session: AnySession, owner: Owner, member: Member, seen: str) -> str:
    email = team.reset_second_factor(session, owner, member.id, seen)
    record("second_factor_reset", "admin", member.id)
    tell_owner(session, email, "app_off", language=language_of(member))
    return ""


def language_of(member: Member) -> str:
    return member.language or operators_language()


SIGNED_OUT = _("They are signed out at once, in all browsers.")
LINKS_END = _("Invitations and links to a new password that they made stop working.")

DISABLE = Act(
    _("Disable %(name)s?"),
    (
        SIGNED_OUT,
        _("They cannot sign in until an owner enables them again."),
        LINKS_END,
        _("Their drafts and all that they did stay, under their name."),
    ),
    _("Disable"),
    _("%(name)s is disabled and signed out."),
    "disabled admin",
    disable,
    is_danger=True,
)
ENABLE = Act(
    _("Enable %(name)s?"),
    (_("They can sign in again, with the password and the role that they had."),),
    _("Enable"),
    _("%(name)s can sign in again."),
    "enabled admin",
    enable,
)
REMOVE = Act(
    _("Remove %(name)s?"),
    (
        SIGNED_OUT,
        _("They cannot sign in any more, and their second factor is deleted."),
        LINKS_END,
        _("Their drafts and all that they did stay, under their name."),
        _("To take them back, invite the same email again."),
    ),
    _("Remove"),
    _("%(name)s is removed and signed out."),
    "removed admin",
    remove,
    is_danger=True,
)
LINK = Act(
    _("Make a link to a new password for %(name)s?"),
    (
        _("You get a link to copy, and %(email)s gets it by mail. It works once, for 24 hours."),
        _("Whoever opens it chooses a new password. The second factor is asked for as ever."),
        _("A link that was made before stops working."),
        _("The present password works until then; all sign-ins end with the new one."),
    ),
    _("Make a link"),
    _("The link for %(name)s is made."),
    "made a password link for admin",
    make_link,
)
RESET = Act(
    _("Turn off the second factor of %(name)s?"),
    (
        _("Do this when they lost the app and the recovery codes. Make sure that it is them."),
        _("The app and the recovery codes stop working."),
        SIGNED_OUT,
        _("A mail tells them."),
    ),
    _("Turn off"),
    _("The second factor of %(name)s is off."),
    "turned off the second factor of admin",
    reset,
    is_danger=True,
    needs_another=True,
)
