"""What admins say of themselves."""

from flask import Response, abort, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from blueprints import cookies, htmx
from blueprints.auth import bp
from blueprints.auth.forms import FREQUENCIES, AccountForm, NoticesForm
from blueprints.auth.sign_in_answers import HOME
from blueprints.locale import remember_choice, use_own_language
from blueprints.recording import record
from blueprints.safe_redirect import next_path
from domain.accounts.own_account import change_account, choose_language
from domain.accounts.second_factor import count_recovery_codes
from domain.catalogue.pending.pending import pending_changes
from domain.database import writing
from domain.languages import ADMINS_LANGUAGES
from domain.notices.choices import choose, list_choices
from domain.notices.rules import KINDS
from extensions import db


@bp.get("/settings/account")
def account() -> Response:
    return show(account_form())


@bp.post("/settings/account/notices")
def save_notices() -> Response:
    form = NoticesForm()
    if not form.validate_on_submit():
        return show(account_form(), 422, notices=form)
    with writing(db.session):
        choices = {kind: form[kind].data for kind in KINDS}
        if choose(db.session, current_user.admin_id, choices):
            record("notices_chosen", "admin", current_user.admin_id)
    return htmx.go_to(url_for("auth.account"), _("Your choice is saved."))


@bp.post("/settings/account")
def save_account() -> Response:
    form = AccountForm.of(current_user)
    if not form.validate_on_submit():
        return show(form, 422)
    with writing(db.session):
        changed = change_account(db.session, current_user.admin_id, form.wanted)
        note_changes(changed)
    if "language" in changed:
        use_own_language(form.language.data)
    answer = htmx.go_to(url_for("auth.account"), _("Your account is saved."))
    if "language" in changed:
        follow_choice(answer, form.language.data)
    return answer


@bp.post("/settings/account/language")
def save_language() -> Response:
    """The switch in the menu, which leads back to its page."""
    code = request.form.get("language", "")
    if code not in ADMINS_LANGUAGES:
        abort(404)
    with writing(db.session):
        note_changes(choose_language(db.session, current_user.admin_id, code))
    answer = htmx.go_to(next_path(HOME))
    follow_choice(answer, code)
    return answer


def note_changes(fields: list[str]) -> None:
    if fields:
        record("account_changed", "admin", current_user.admin_id, fields=fields)


def follow_choice(answer: Response, language: str) -> None:
    """The sign-in page of this browser speaks as its admin wants it, too."""
    if language:
        remember_choice(answer, "lang", language)
    else:
        cookies.drop(answer, "lang")


def account_form() -> AccountForm:
    """As it opens, whatever this request sent."""
    return AccountForm.of(current_user, formdata=None)


def show(form: AccountForm, status: int = 200, notices: NoticesForm | None = None) -> Response:
    chosen = list_choices(db.session, current_user.admin_id)
    page = render_template(
        "auth/account.html",
        form=form,
        notices=notices or NoticesForm(formdata=None, data=chosen),
        frequencies=FREQUENCIES,
        codes=count_recovery_codes(db.session, current_user.admin_id),
        pending=pending_changes(db.session),
    )
    return make_response(page, status)
