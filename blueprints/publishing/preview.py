"""The preview: the drafted cards of a country beside the live ones, and what differs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from babel.lists import format_list
from flask import Response, make_response, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext, lazy_ngettext, ngettext
from wtforms import StringField
from wtforms.validators import AnyOf

from blueprints import htmx
from blueprints.buying import has_button
from blueprints.forms import Form
from blueprints.locale import as_buyers_read, language, reader_locale
from blueprints.pages import country_name, number, sorted_countries
from blueprints.publishing import bp
from blueprints.publishing.badges import Badge, Badges, draft_badges, live_badges
from blueprints.publishing.descriptions import DescribedChange, describe
from blueprints.publishing.preview_view import View
from domain.catalogue.packages.rules import PackageValues
from domain.catalogue.preview.preview import Preview, Side, build_preview
from domain.catalogue.preview.preview_links import LIFETIMES_DAYS, list_links
from extensions import db

LIFETIMES = {
    str(days): lazy_ngettext("%(count)s day", "%(count)s days", days, count=days)
    for days in LIFETIMES_DAYS
}
# Where the token of a new link waits for the page that shows it, once.
NEW_LINK = "new_preview_link"


# Of more countries without changes, only some are named.
MOST_NAMED = 3


class Choice(NamedTuple):
    """A country, how much changes there, and whether it has packages now and would have none."""

    code: str
    name: str
    changes: int
    is_emptied: bool


class ShareForm(Form):
    days = StringField(
        lazy_gettext("Valid for"),
        [AnyOf(LIFETIMES, lazy_gettext("Choose how long the link is valid."))],
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

    def has_button(self, package: PackageValues) -> bool:
        return has_button(self.side.settings, package)


@dataclass(frozen=True)
class PreviewPage:
    """A preview as its readers see it, with or without an account."""

    preview: Preview
    view: View

    @classmethod
    def read(cls, view: View) -> "PreviewPage":
        """Of the country that the view names, else of the one that there is most to see in."""
        preview = build_preview(db.session, view.country)
        return cls(preview, replace(view, country=preview.country))

    @property
    def country(self) -> str:
        return self.preview.country

    @property
    def language(self) -> str:
        """That of the cards."""
        return as_buyers_read(self.view.language, self.country, caller=language)

    @property
    def settings(self) -> list[DescribedChange]:
        """What changes for the buyers of all countries: one item, or none."""
        return [describe(change) for change in self.preview.pending.changes if not change.groups]

    @property
    def columns(self) -> list[Column]:
        """Live first, as it comes first."""
        shown = {"draft": [self._draft()], "live": [self._live()]}
        return shown.get(self.view.show) or shown["live"] + shown["draft"]

    @property
    def has_buttons(self) -> bool:
        """Whether any card has one to buy."""
        return any(
            column.has_button(offer.values)
            for column in self.columns
            for offer in column.side.country_offers.offers
        )

    def _draft(self) -> Column:
        # Beside the other side there is no room for it, and guests are told above.
        is_told = self.view.page and self.view.show == "draft"
        hint = _("after Apply Changes. It updates as drafts change.")
        badges = draft_badges(self.preview.pending.changes, self.preview.best_values)
        return self._column(
            "draft",
            _("Draft"),
            hint if is_told else _("after Apply Changes"),
            self.preview.drafted,
            badges,
        )

    def _live(self) -> Column:
        number = self.preview.pending.live.number
        hint = _("what buyers see now, release %(number)s", number=number)
        badges = live_badges(self.preview.pending.changes, self.preview.best_values)
        return self._column(
            "live", _("Live"), hint if number else _("nothing yet"), self.preview.live, badges
        )

    def _column(self, key: str, title: str, hint: str, side: Side, badges: Badges) -> Column:
        of_cards = [badges.get(offer.package_id, ()) for offer in side.country_offers.offers]
        return Column(key, title, hint, side, of_cards)

    @property
    def choices(self) -> list[Choice]:
        """The countries that can be looked at, those where something changes first."""
        counts, emptied = self.preview.changes_by_country, self.preview.emptied
        return [
            Choice(code, country_name(code), counts[code], code in emptied)
            for code in sorted(
                sorted_countries(self.preview.countries), key=lambda code: not counts[code]
            )
        ]

    @property
    def unchanged(self) -> str:
        """Where nothing changes, this country first; "" where something does everywhere."""
        if not self.preview.pending.changes:
            return str(_("No pending changes. Everything is live."))
        unchanged = sorted_countries(self.preview.unchanged)
        names = [
            country_name(code) for code in sorted(unchanged, key=lambda code: code != self.country)
        ]
        if not names:
            return ""
        if len(names) <= MOST_NAMED:
            listed = format_list(names, locale=reader_locale())
            return str(_("Nothing changes in %(countries)s.", countries=listed))
        more = len(names) - MOST_NAMED + 1
        text = ngettext(
            "Nothing changes in %(countries)s and %(count)s more.",
            "Nothing changes in %(countries)s and %(count)s more.",
            more,
            countries=", ".join(names[: MOST_NAMED - 1]),
            count=number(more),
        )
        return str(text)

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
    page = PreviewPage.read(View.read(url_for("publishing.preview")))
    text = render_template(
        "publishing/_shared_anew.html" if is_part else "publishing/preview.html",
        shown=page,
        pending=page.preview.pending,
        previewed=page.country,
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
