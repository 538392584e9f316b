"""The preview: the drafted cards of a country beside the live ones, and what differs."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, make_response, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext, lazy_ngettext
from wtforms import StringField
from wtforms.validators import AnyOf

from blueprints import htmx
from blueprints.change_counts import count_changes
from blueprints.forms import Form
from blueprints.locale import address_country
from blueprints.pages import country_name, sorted_countries
from blueprints.publishing import bp
from blueprints.publishing.badges import Badge, drafted_badges, live_badges
from blueprints.publishing.descriptions import DescribedChange, describe
from domain.catalogue.preview.preview import Preview, Side, build_preview
from domain.catalogue.preview.preview_links import LIFETIMES_DAYS, list_links
from extensions import db

LIFETIMES = {
    str(days): lazy_ngettext("%(count)s day", "%(count)s days", days, count=days)
    for days in LIFETIMES_DAYS
}
# Where the token of a new link waits for the page that shows it, once.
NEW_LINK = "new_preview_link"


class ShareForm(Form):
    days = StringField(
        lazy_gettext("It works for"),
        [AnyOf(LIFETIMES, lazy_gettext("Choose how long the link works."))],
        default="7",
    )
    lifetimes = LIFETIMES


@dataclass(frozen=True)
class Column:
    """One of the two sides; `badges` has an item for each of its cards."""

    key: str
    title: str
    hint: str
    side: Side
    badges: Sequence[Sequence[Badge]]


@dataclass(frozen=True)
class PreviewPage:
    """A preview as its readers see it, with or without an account."""

    preview: Preview

    @classmethod
    def read(cls) -> "PreviewPage":
        """Of the country that the address asks for; what is no country is left out."""
        return cls(build_preview(db.session, address_country() or ""))

    @property
    def country(self) -> str:
        return self.preview.country

    @property
    def settings(self) -> list[DescribedChange]:
        """What changes for the buyers of all countries: one item, or none."""
        return [describe(change) for change in self.preview.pending.changes if not change.groups]

    @property
    def columns(self) -> tuple[Column, Column]:
        preview, number = self.preview, self.preview.pending.live.number
        drafted, live = (
            drafted_badges(preview.pending.changes),
            live_badges(preview.pending.changes),
        )
        return (
            Column(
                "drafted",
                _("Drafted"),
                _("What buyers see after Apply Changes"),
                preview.drafted,
                [
                    drafted.get(offer.package_id, ())
                    for offer in preview.drafted.country_offers.offers
                ],
            ),
            Column(
                "live",
                _("Live"),
                _("What buyers see now, release %(number)s", number=number)
                if number
                else _("Nothing was applied yet"),
                preview.live,
                [live.get(offer.package_id, ()) for offer in preview.live.country_offers.offers],
            ),
        )

    @property
    def choices(self) -> list[tuple[str, str]]:
        """(code, name and what is to be known about it), by name."""
        return [(code, self._describe(code)) for code in sorted_countries(self.preview.countries)]

    def _describe(self, code: str) -> str:
        words = [country_name(code)]
        if count := self.preview.changes_by_country[code]:
            words.append(count_changes(count))
        if code in self.preview.emptied:
            words.append(_("no packages left"))
        return ", ".join(words)

    @property
    def here(self) -> str:
        """How much changes in this country."""
        count = self.preview.changes_by_country[self.country]
        text = count_changes(count) if count else _("No changes")
        country = country_name(self.country)
        return str(_("%(changes)s in %(country)s", changes=text, country=country))

    @property
    def alarm(self) -> str:
        """What buyers of a country without packages would see; "" where there are some."""
        drafted, here = self.preview.drafted, self.country
        if here in drafted.countries:
            return ""
        country = country_name(drafted.country_offers.shown_country)
        match here in self.preview.live.countries, bool(drafted.country_offers.offers):
            case True, True:
                text = _(
                    "Buyers there have some of their own now, and would see the packages of "
                    "%(country)s.",
                    country=country,
                )
            case True, False:
                text = _("Buyers there have some of their own now, and would see an empty page.")
            case False, True:
                text = _(
                    "There are none now either. Buyers there would see the packages of "
                    "%(country)s.",
                    country=country,
                )
            case _none:
                text = _("There are none now either. Buyers there would see an empty page.")
        return str(text)


@bp.get("/preview", endpoint="preview")
def open_preview() -> ResponseReturnValue:
    return show(ShareForm(), token=session.pop(NEW_LINK, ""))


def show(
    form: ShareForm, status: int = 200, *, token: str = "", problem: str = "", message: str = ""
) -> Response:
    """The page, or for htmx its part about links; `token` is that of a link made just now."""
    is_part = htmx.is_htmx() and request.method == "POST"
    page = PreviewPage.read()
    text = render_template(
        "publishing/_shared_anew.html" if is_part else "publishing/preview.html",
        shown=page,
        pending=page.preview.pending,
        form=form,
        links=list_links(db.session),
        token=token,
        problem=problem,
        message=message,
    )
    answer = make_response(text, status)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
