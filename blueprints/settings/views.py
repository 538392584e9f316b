"""Settings: general ones, and the way to Credit Packages."""

from flask import (
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from blueprints import cookies, htmx
from blueprints.change_counts import after_saving
from blueprints.forms import saved_together
from blueprints.i18n import translated
from blueprints.pages import THEMES
from blueprints.proxies import find_misfit
from blueprints.safe_redirect import next_path
from blueprints.settings import bp
from blueprints.settings.forms import SettingsForm
from config import Config
from domain.catalogue.drafts import drafts, revisions
from domain.catalogue.drafts.listing import count_by_country
from domain.catalogue.errors import StaleVersion
from domain.catalogue.pending.pending import pending_changes
from domain.database import writing
from extensions import db

THEME_SECONDS = 365 * 24 * 3600


@bp.get("/")
def index() -> ResponseReturnValue:
    return show(SettingsForm.of(drafts.get_settings(db.session)))


@bp.post("/")
def save() -> ResponseReturnValue:
    form = SettingsForm()
    form.take_theirs()
    if not form.validate_on_submit():
        return show(form, 422)
    try:
        with writing(db.session):
            version, author = form.opened_version, current_user.email
            drafts.edit_settings(db.session, form.values, version=version, author=author)
            others = revisions.others_since(db.session, drafts.THE_SETTINGS, version, author)
    except StaleVersion as error:
        form.show_stale(drafts.get_settings(db.session), error)
        return show(form, 409, stale=form.describe_stale(error))
    saved = saved_together(others) if others else _("Settings saved.")
    message = " ".join([saved, after_saving()])
    if not htmx.is_htmx():
        return htmx.go_to(next_path(url_for("settings.index")), message)
    return show(SettingsForm.of(drafts.get_settings(db.session)), message=message)


def show(form: SettingsForm, status: int = 200, *, stale: str = "", message: str = "") -> Response:
    """The page, or for htmx its form and the pending bar."""
    template = "settings/_answer.html" if htmx.is_htmx() else "settings/index.html"
    counts = count_by_country(db.session).values()
    page = render_template(
        template,
        form=form,
        stale=stale,
        message=message,
        packages=sum(count.shown for count in counts),
        pending=pending_changes(db.session),
        back=next_path(),
        misfit=proxies_misfit(),
    )
    return make_response(page, status)


def proxies_misfit() -> str:
    """What this very request shows of PROXIES; "" when it fits."""
    config: Config = current_app.extensions["scrip"]
    problem = find_misfit(request.environ, config.proxies)
    return translated(problem) if problem else ""


@bp.post("/theme")
def choose_theme() -> ResponseReturnValue:
    """Keeps the chosen colours in this browser; none follows the system."""
    came_from = request.referrer or ""
    is_ours = came_from.startswith(request.host_url)
    answer = make_response(redirect(came_from if is_ours else url_for("settings.index"), 303))
    theme = request.form.get("theme", "")
    if theme in THEMES:
        cookies.keep(answer, "theme", theme, THEME_SECONDS)
    else:
        cookies.drop(answer, "theme")
    return answer
