"""Which sites may show the packages. What is saved here works at once: it is no draft."""

from flask import Response, abort, make_response, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user
from wtforms import StringField

from blueprints import htmx
from blueprints.forms import obeys
from blueprints.i18n import translated
from blueprints.locale import reader_country
from blueprints.reauth import ConfirmedForm
from blueprints.recording import record
from blueprints.settings import bp
from domain.catalogue.pending.pending import pending_changes
from domain.catalogue.storefront import live
from domain.database import writing
from domain.embedding import sites
from domain.embedding.errors import SiteNotFound, TooManySites
from domain.origins import EXAMPLE, UnfitOrigin, normal_origin
from extensions import db


class SiteForm(ConfirmedForm):
    origin = StringField(lazy_gettext("Address"), [obeys(normal_origin, UnfitOrigin)])


class RemovalForm(ConfirmedForm):
    """The button beside a site."""

    def __init__(self, site_id: int) -> None:
        super().__init__()
        self.site_id = site_id


@bp.get("/sites", endpoint="sites")
def show_list() -> Response:
    return show(SiteForm())


@bp.post("/sites")
def add_site() -> Response:
    form = SiteForm()
    if not form.validate_on_submit():
        return form.refuse(show(form))
    try:
        with writing(db.session):
            author, typed = current_user.email, form.origin.data
            site, is_new = sites.add_site(db.session, typed, author=author)
            origin = site.origin
            if is_new:
                record("site_added", "site", site.id, origin=origin)
    except TooManySites as error:
        form.origin.errors = [translated(error)]
        return show(form, 422)
    if is_new:
        message = _("%(site)s may show your packages now.", site=origin)
    else:
        message = _("%(site)s is on the list already.", site=origin)
    return answer(message, "site-origin")


@bp.post("/sites/<id:site_id>/remove")
def remove_site(site_id: int) -> Response:
    if site_id not in {site.id for site in sites.list_sites(db.session)}:
        abort(404, translated(SiteNotFound()))
    form = RemovalForm(site_id)
    if not form.validate_on_submit():
        return form.refuse(show(SiteForm(formdata=None), removal=form))
    try:
        with writing(db.session):
            origin = sites.remove_site(db.session, site_id)
            record("site_removed", "site", site_id, origin=origin)
    except SiteNotFound as error:
        abort(404, translated(error))
    message = _("%(site)s may not show your packages any more.", site=origin)
    return answer(message, "sites-title")


def answer(message: str, focus: str) -> Response:
    if not htmx.is_htmx():
        return htmx.go_to(url_for("settings.sites"), message)
    return show(SiteForm(formdata=None), message=message, focus=focus)


def show(
    form: SiteForm,
    status: int = 200,
    *,
    message: str = "",
    focus: str = "",
    removal: RemovalForm | None = None,
) -> Response:
    """The page, or for htmx its list with the form; `removal` asks for the password first."""
    release = live.live_release(db.session)
    selling = live.count_by_country(db.session, release)
    country = reader_country(selling)
    page = render_template(
        "settings/_sites_answer.html" if htmx.is_htmx() else "settings/sites.html",
        form=form,
        message=message,
        focus=focus,
        removal=removal,
        example=EXAMPLE,
        sites=sites.list_sites(db.session),
        most_sites=sites.MOST_SITES,
        country=country if country in selling else release.settings.default_country,
        pending=pending_changes(db.session),
    )
    return make_response(page, status)
