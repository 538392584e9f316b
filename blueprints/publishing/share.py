"""Preview links: made and revoked by admins, opened by anybody who was given one."""

from flask import (
    Flask,
    Response,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from blueprints import htmx
from blueprints.i18n import translated
from blueprints.publishing import bp, shared
from blueprints.publishing.preview import NEW_LINK, PreviewPage, ShareForm, show
from blueprints.publishing.preview_view import View
from blueprints.recording import record
from domain.catalogue.errors import TooManyLinks
from domain.catalogue.preview import preview_links
from domain.database import writing
from extensions import db

SHARED_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


def init_app(app: Flask) -> None:
    app.after_request(keep_to_its_reader)


@bp.post("/preview/links", endpoint="share")
def share_preview() -> ResponseReturnValue:
    form = ShareForm()
    if not form.validate_on_submit():
        return show(form, 422)
    try:
        with writing(db.session):
            days, author = int(form.days.data), current_user.email
            token = preview_links.make_link(db.session, days, author=author)
            link = preview_links.find_link(db.session, token)
            record("preview_shared", "preview_link", link.id)
    except TooManyLinks as error:
        return show(form, 409, problem=translated(error))
    if htmx.is_htmx():
        return show(ShareForm(formdata=None), token=token, message=_("Link created."))
    session[NEW_LINK] = token
    return back_to_preview(_("Link created."), "new-link")


@bp.post("/preview/links/<id:link_id>/revoke", endpoint="revoke")
def revoke_link(link_id: int) -> ResponseReturnValue:
    with writing(db.session):
        if preview_links.revoke_link(db.session, link_id):
            record("preview_revoked", "preview_link", link_id)
    message = _("The link was revoked. It shows nothing any more.")
    if htmx.is_htmx():
        return show(ShareForm(formdata=None), message=message)
    return back_to_preview(message, "share-title")


def back_to_preview(message: str, focus: str) -> Response:
    flash(message)
    view = View.read(url_for("publishing.preview"))
    return make_response(redirect(f"{view.address}#{focus}", 303))


@shared.get("/<token>")
def preview(token: str) -> str:
    """The drafts as they are now, to read only."""
    link = preview_links.find_link(db.session, token)
    return render_template(
        "publishing/shared.html",
        shown=PreviewPage.read(View.read(language_key="lang")),
        link=link,
    )


def keep_to_its_reader(answer: Response) -> Response:
    """Whatever a link's address answers stays out of caches and search engines, and the address
    itself out of other sites' logs."""
    if request.path.startswith("/preview/"):
        answer.headers.update(SHARED_HEADERS)
    return answer
