"""The page of an admin, the role, and what is done about who leaves or lost something."""

from flask import Response, make_response, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from blueprints import htmx
from blueprints.i18n import translated
from blueprints.permissions import role_name
from blueprints.recording import record
from blueprints.team import bp
from blueprints.team.acting import keep_new_link, log, take_new_link, write_as_owner
from blueprints.team.acts import DISABLE, ENABLE, LINK, REMOVE, RESET, Act
from blueprints.team.forms import ActForm, RoleForm
from domain.accounts import team
from domain.accounts.owners import Owner, has_other_owner
from domain.accounts.required_factor import is_required
from domain.accounts.roles import Role
from domain.accounts.team import Member, get_member
from domain.accounts.team_errors import AdminChanged, AdminIsDisabled, LastOwner, NotOneself
from domain.catalogue.pending.pending import pending_changes
from domain.database import AnySession
from extensions import db


@bp.get("/<id:admin_id>", endpoint="admin")
def show_admin(admin_id: int) -> Response:
    return show(get_member(db.session, admin_id))


@bp.post("/<id:admin_id>")
def change_role(admin_id: int) -> ResponseReturnValue:
    member, form = get_member(db.session, admin_id), RoleForm()
    if not form.validate_on_submit():
        return form.refuse(show(member, form))
    role, seen = Role(form.role.data), form.seen_text
    try:
        write_as_owner(lambda session, owner: save_role(session, owner, admin_id, role, seen))
    except (AdminChanged, LastOwner) as problem:
        return show(get_member(db.session, admin_id), alert=translated(problem))
    log(f"made {role} of admin", admin_id)
    is_out = admin_id == current_user.admin_id and role != Role.OWNER
    message = _("%(name)s is %(role)s now.", name=member.display_name, role=role_name(role))
    back = url_for("settings.index") if is_out else url_for("team.admin", admin_id=admin_id)
    return htmx.go_to(back, message)


def save_role(session: AnySession, owner: Owner, admin_id: int, role: Role, seen: str) -> None:
    was = get_member(session, admin_id).role
    team.change_role(session, owner, admin_id, role, seen)
    if role != was:
        record("role_changed", "admin", admin_id, was=was, role=role)


@bp.get("/<id:admin_id>/disable", endpoint="disabling")
def ask_before_disabling(admin_id: int) -> Response:
    return ask(DISABLE, admin_id)


@bp.post("/<id:admin_id>/disable")
def disable(admin_id: int) -> ResponseReturnValue:
    return do(DISABLE, admin_id)


@bp.get("/<id:admin_id>/enable", endpoint="enabling")
def ask_before_enabling(admin_id: int) -> Response:
    return ask(ENABLE, admin_id)


@bp.post("/<id:admin_id>/enable")
def enable(admin_id: int) -> ResponseReturnValue:
    return do(ENABLE, admin_id)


@bp.get("/<id:admin_id>/remove", endpoint="removing")
def ask_before_removing(admin_id: int) -> Response:
    return ask(REMOVE, admin_id)


@bp.post("/<id:admin_id>/remove")
def remove(admin_id: int) -> ResponseReturnValue:
    return do(REMOVE, admin_id)


@bp.get("/<id:admin_id>/password-link", endpoint="making_password_link")
def ask_before_making_link(admin_id: int) -> Response:
    return ask(LINK, admin_id)


@bp.post("/<id:admin_id>/password-link")
def make_password_link(admin_id: int) -> ResponseReturnValue:
    return do(LINK, admin_id)


@bp.get("/<id:admin_id>/second-factor", endpoint="resetting_second_factor")
def ask_before_resetting(admin_id: int) -> Response:
    return ask(RESET, admin_id)


@bp.post("/<id:admin_id>/second-factor")
def reset_second_factor(admin_id: int) -> ResponseReturnValue:
    return do(RESET, admin_id)


def do(act: Act, admin_id: int) -> ResponseReturnValue:
    member, form = get_member(db.session, admin_id), ActForm()
    if not form.validate_on_submit():
        return form.refuse(ask(act, admin_id, form))
    seen = form.seen_text
    try:
        token = write_as_owner(lambda session, owner: act.work(session, owner, member, seen))
    except (AdminChanged, AdminIsDisabled, NotOneself) as problem:
        return ask(act, admin_id, alert=translated(problem))
    log(act.log, admin_id)
    if token:
        keep_new_link("password", admin_id, token)
    is_gone = act is REMOVE
    back = url_for("team.index") if is_gone else url_for("team.admin", admin_id=admin_id)
    return htmx.go_to(back, str(act.done) % {"name": member.display_name, "email": member.email})


def ask(act: Act, admin_id: int, form: ActForm | None = None, *, alert: str = "") -> Response:
    """What the act means, with its button; after another owner changed something, as it is now."""
    member = get_member(db.session, admin_id)
    page = render_template(
        "team/act.html",
        member=member,
        act=act,
        form=form or ActForm(formdata=None, data={"seen": member.seen}),
        alert=alert,
        is_required=is_required(db.session),
        pending=pending_changes(db.session),
    )
    return make_response(page, 409 if alert else 200)


def show(member: Member, form: RoleForm | None = None, *, alert: str = "") -> Response:
    token = take_new_link("password", member.id)
    opened = {"role": member.role.value, "seen": member.seen}
    page = render_template(
        "team/admin.html",
        member=member,
        form=form or RoleForm(formdata=None, data=opened),
        alert=alert,
        new_link=url_for("auth.password_link", token=token, _external=True) if token else "",
        is_oneself=member.id == current_user.admin_id,
        has_other_owner=has_other_owner(db.session, member.id),
        pending=pending_changes(db.session),
    )
    return make_response(page, 409 if alert else 200)
