"""The list of the team, and inviting somebody."""

from collections.abc import Iterator, Sequence

from flask import Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from blueprints import htmx
from blueprints.i18n import translated
from blueprints.locale import language
from blueprints.mails import can_mail
from blueprints.recording import record
from blueprints.team import bp
from blueprints.team.acting import keep_new_link, log, take_new_link, write_as_owner
from blueprints.team.forms import InviteForm
from domain.accounts import invitations
from domain.accounts.admins import normal_email
from domain.accounts.invitations import LIFETIME, NewLink
from domain.accounts.owners import Owner
from domain.accounts.required_factor import find_requirement
from domain.accounts.roles import Role
from domain.accounts.team import Member, list_members
from domain.accounts.team_errors import (
    AlreadyDisabled,
    AlreadyInTeam,
    AlreadyInvited,
    TooManyInvitations,
)
from domain.catalogue.pending.pending import pending_changes
from domain.database import AnySession
from domain.notices.team_mails import put_invitation
from extensions import db

HOUR_SECONDS = 3600


@bp.get("", endpoint="index")
def show_team() -> Response:
    return show(InviteForm(formdata=None))


@bp.post("")
def invite() -> ResponseReturnValue:
    form = InviteForm()
    if not form.validate_on_submit():
        return form.refuse(show(form))
    email, role = normal_email(form.email.data or ""), Role(form.role.data)
    try:
        link = write_as_owner(lambda session, owner: send_new(session, owner, email, role))
    except (AlreadyInTeam, AlreadyDisabled, AlreadyInvited) as problem:
        form.email.errors = [translated(problem)]
        return show(form, 409)
    except TooManyInvitations as problem:
        return show(form, 409, alert=translated(problem))
    log("made invitation", link.invitation_id)
    return lead_to_link(link)


def send_new(session: AnySession, owner: Owner, email: str, role: Role) -> NewLink:
    link = invitations.invite(session, owner, email, role)
    record("admin_invited", "invitation", link.invitation_id, email=email, role=role)
    mail(session, owner, link)
    return link


def mail(session: AnySession, owner: Owner, link: NewLink) -> None:
    """In the language of who invites: nobody knows that of who is invited."""
    put_invitation(session, link, owner, language=language(), origin=request.host_url.rstrip("/"))


def lead_to_link(link: NewLink) -> Response:
    """To the list, which shows the link this one time."""
    keep_new_link("invitation", link.invitation_id, link.token)
    message = _("%(email)s is invited.", email=link.email)
    if can_mail():
        message = _("%(email)s is invited: the link is on its way by mail.", email=link.email)
    return htmx.go_to(url_for("team.index") + "#invitations", message)


def show(form: InviteForm, status: int = 200, *, alert: str = "") -> Response:
    members = list_members(db.session)
    token = take_new_link("invitation")
    page = render_template(
        "team/index.html",
        form=form,
        alert=alert,
        groups=list(by_role(members)),
        invitations=invitations.list_open(db.session),
        new_link=url_for("auth.invitation", token=token, _external=True) if token else "",
        hours=int(LIFETIME.total_seconds()) // HOUR_SECONDS,
        can_mail=can_mail(),
        requirement=find_requirement(db.session),
        without_factor=[m for m in members if not m.disabled_at and not m.second_factor_since],
        pending=pending_changes(db.session),
    )
    return make_response(page, status)


def by_role(members: Sequence[Member]) -> Iterator[tuple[Role, list[Member]]]:
    """Each role that somebody has."""
    for role in reversed(Role):
        of_role = [member for member in members if member.role == role]
        if of_role:
            yield role, of_role
