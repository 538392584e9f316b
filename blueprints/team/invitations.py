"""An invitation that is open: sent again with a new link, or revoked."""

from flask import Response, make_response, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from blueprints import htmx
from blueprints.i18n import translated
from blueprints.recording import record
from blueprints.team import bp
from blueprints.team.acting import log, write_as_owner
from blueprints.team.forms import ActForm
from blueprints.team.views import lead_to_link, mail
from domain.accounts import invitations
from domain.accounts.invitations import NewLink
from domain.accounts.owners import Owner
from domain.accounts.team_errors import InvitationChanged
from domain.catalogue.pending.pending import pending_changes
from domain.database import AnySession
from extensions import db


@bp.get("/invitations/<id:invitation_id>/renew", endpoint="renewing")
def ask_before_renewing(invitation_id: int) -> Response:
    return ask("team/renew.html", invitation_id)


@bp.post("/invitations/<id:invitation_id>/renew")
def renew(invitation_id: int) -> ResponseReturnValue:
    form = ActForm()
    if not form.validate_on_submit():
        return form.refuse(ask("team/renew.html", invitation_id, form))
    seen = form.seen_text
    try:
        link = write_as_owner(lambda session, owner: send_anew(session, owner, invitation_id, seen))
    except InvitationChanged as problem:
        return ask("team/renew.html", invitation_id, alert=translated(problem))
    log("renewed invitation", invitation_id)
    return lead_to_link(link)


def send_anew(session: AnySession, owner: Owner, invitation_id: int, seen: str) -> NewLink:
    link = invitations.renew(session, owner, invitation_id, seen)
    record("invitation_renewed", "invitation", invitation_id, email=link.email, role=link.role)
    mail(session, owner, link)
    return link


@bp.get("/invitations/<id:invitation_id>/revoke", endpoint="revoking")
def ask_before_revoking(invitation_id: int) -> Response:
    return ask("team/revoke.html", invitation_id)


@bp.post("/invitations/<id:invitation_id>/revoke")
def revoke(invitation_id: int) -> ResponseReturnValue:
    form = ActForm()
    if not form.validate_on_submit():
        return form.refuse(ask("team/revoke.html", invitation_id, form))
    seen = form.seen_text
    try:
        email = write_as_owner(lambda session, owner: end(session, owner, invitation_id, seen))
    except InvitationChanged as problem:
        return ask("team/revoke.html", invitation_id, alert=translated(problem))
    log("revoked invitation", invitation_id)
    message = _("The invitation of %(email)s is revoked. Its link works no more.", email=email)
    return htmx.go_to(url_for("team.index"), message)


def end(session: AnySession, owner: Owner, invitation_id: int, seen: str) -> str:
    ended = invitations.revoke(session, owner, invitation_id, seen)
    record("invitation_revoked", "invitation", invitation_id, email=ended.email, role=ended.role)
    return ended.email


def ask(
    template: str, invitation_id: int, form: ActForm | None = None, *, alert: str = ""
) -> Response:
    """What the act means, with its button; after another owner changed it, as it is now."""
    invitation = invitations.get_open(db.session, invitation_id)
    page = render_template(
        template,
        invitation=invitation,
        form=form or ActForm(formdata=None, data={"seen": invitation.seen}),
        alert=alert,
        pending=pending_changes(db.session),
    )
    return make_response(page, 409 if alert else 200)
