"""The history: every release, what it changed, what buyers saw, and the way back to it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from math import ceil
from zoneinfo import ZoneInfo

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user

from blueprints import htmx
from blueprints.forms import read_page
from blueprints.i18n import translated
from blueprints.locale import address_country
from blueprints.pages import sorted_countries
from blueprints.publishing import bp
from blueprints.publishing.batches import describe_replaced
from blueprints.publishing.comparing import Comparison, read_number
from blueprints.publishing.descriptions import group_changes
from blueprints.zones import reader_zone
from domain import times
from domain.catalogue.changes.diff import Change, ItemKey
from domain.catalogue.errors import AlreadyApplied, NothingToDiscard, StaleReview
from domain.catalogue.pending.authorship import find_authorship
from domain.catalogue.pending.pending import Pending, pending_changes
from domain.catalogue.pending.planning import write_planned
from domain.catalogue.releases import history
from domain.catalogue.releases.history import PAGE_RELEASES
from domain.catalogue.storefront import live
from domain.catalogue.undo import batches, go_back, rollback
from domain.database import MOST_INTEGER
from domain.numbers import whole_number
from extensions import db

MOMENT_FORMATS = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S")
CHANGED_MEANWHILE = lazy_gettext("Nothing restored: the drafts changed after you opened this page.")


@bp.get("/history", endpoint="history")
def list_releases() -> ResponseReturnValue:
    return show_history()


@bp.get("/history/at")
def release_at() -> ResponseReturnValue:
    """Leads to the release that was live at a moment, by the reader's clock."""
    typed = request.args.get("moment", "")
    moment = read_moment(typed)
    if moment is None:
        problem = _("Choose a date and a time, for example 2026-11-23 17:00.")
        return show_history(422, typed, problem)
    if moment > datetime.now(UTC):
        number = live.live_release(db.session).number
        if number:
            problem = _("That lies in the future. Release %(number)s is live now.", number=number)
        else:
            problem = _("That lies in the future. Nothing is live yet.")
        return show_history(422, typed, problem)
    release = history.release_at(db.session, moment)
    if release is None:
        return show_history(404, typed, _("Nothing was live yet at that time."))
    return redirect(
        url_for("publishing.release", number=release.number, moment=f"{moment:%Y-%m-%dT%H:%M:%SZ}"),
        303,
    )


@bp.get("/history/<id:number>")
def release(number: int) -> ResponseReturnValue:
    shown = history.get_release(db.session, number)
    other = read_number("with") if request.args.get("with") else shown.based_on or 0
    comparison = Comparison.of(shown, other)
    changes = history.compare_releases(db.session, comparison.old, comparison.new)
    pending = pending_changes(db.session)
    return render_template(
        "publishing/release.html",
        release=shown,
        comparison=comparison,
        groups=group_changes(changes),
        count=len(changes),
        live_number=pending.live.number,
        found_at=read_moment_of(number),
        pending=pending,
    )


def read_moment_of(number: int) -> datetime | None:
    """The moment that was asked for, if it is this release that was live then."""
    moment = read_moment(request.args.get("moment", ""))
    if moment is None or moment > datetime.now(UTC):
        return None
    found = history.release_at(db.session, moment)
    return moment if found and found.number == number else None


@bp.get("/history/<id:number>/cards")
def cards(number: int) -> str:
    """Exactly what buyers saw: the cards of that release, for good."""
    release = history.get_release(db.session, number)
    seen = history.as_buyers_saw_it(db.session, number)
    country = address_country() or seen.settings.default_country
    selling = live.count_by_country(db.session, seen)
    return render_template(
        "publishing/cards.html",
        release=release,
        settings=seen.settings,
        country_offers=live.offers_for_country(db.session, seen, country),
        live_number=live.live_release(db.session).number,
        choices=sorted_countries({country, *selling}),
    )


@bp.get("/history/<id:number>/restore")
def plan_restore(number: int) -> ResponseReturnValue:
    return show_plan(number)


@bp.post("/history/<id:number>/restore", endpoint="restore")
def restore_release(number: int) -> ResponseReturnValue:
    token, author = request.form.get("token", ""), current_user.email
    plan = partial(rollback.plan_restore, number=number, token=token, author=author)
    try:
        batch_id = write_planned(db.session, plan)
    except StaleReview:
        return show_plan(number, str(CHANGED_MEANWHILE))
    except NothingToDiscard as error:
        return show_plan(number, translated(error))
    message = _(
        "Drafts now match release %(number)s. Buyers see it after Apply Changes.", number=number
    )
    return htmx.go_to(url_for("publishing.review"), message, undo=batch_id)


@bp.post("/history/<id:number>/back", endpoint="go_back")
def draft_back(number: int) -> ResponseReturnValue:
    """Drafts what buyers saw then, and opens the review with only that ticked."""
    live_number = whole_number(request.form.get("live", ""), MOST_INTEGER) or 0
    author = current_user.email
    plan = partial(go_back.plan_go_back, number=number, live=live_number, author=author)
    try:
        went = write_planned(db.session, plan)
    except AlreadyApplied as error:
        return show_history(409, alert=translated(error))
    message = _("These changes bring back what buyers saw in release %(number)s.", number=number)
    if not history.compare_releases(db.session, live_number, number):
        message = _("Buyers see what they saw with release %(number)s already.", number=number)
    if went.replaced:
        message = f"{message} {describe_replaced(went.replaced)}"
    return htmx.go_to(url_for("publishing.review", back=number), message, undo=went.batch_id)


def show_plan(number: int, alert: str = "") -> Response:
    """What restoring would change; 409 when it is asked anew."""
    release = history.get_release(db.session, number)
    changes, pending = history.compare_drafts_to(db.session, number), pending_changes(db.session)
    text = render_template(
        "publishing/restore.html",
        release=release,
        groups=group_changes(changes),
        authors=describe_authors(changes, pending),
        count=len(changes),
        token=pending.token,
        pending=pending,
        alert=alert,
    )
    return make_response(text, 409 if alert else 200)


def describe_authors(plan: Sequence[Change], pending: Pending) -> dict[str, list[str]]:
    """Which colleagues drafted what restoring would replace, by the key of the plan's change."""
    authorship = find_authorship(db.session, pending)
    by_item: dict[ItemKey, list[str]] = defaultdict(list)
    for change in pending.changes:
        known = authorship.get(change.key)
        by_item[change.item] += known.authors if known else ()
    reader = current_user.email
    return {change.key: sorted({*by_item[change.item]} - {reader}) for change in plan}


def show_history(
    status: int = 200, moment: str = "", problem: str = "", alert: str = ""
) -> Response:
    count = history.count_releases(db.session)
    pages = max(1, ceil(count / PAGE_RELEASES))
    page = min(read_page(request.args.get("page", "")), pages)
    releases = history.list_releases(db.session, page)
    pending = pending_changes(db.session)
    live_number = pending.live.number
    text = render_template(
        "publishing/history.html",
        tab="publishing.history",
        releases=releases,
        kinds=history.count_kinds(db.session, releases),
        comparison=Comparison.of_newest(releases) if releases else None,
        live_number=live_number,
        live_country=history.most_changed_group(db.session, live_number),
        page=page,
        pages=pages,
        moment=moment,
        refused=problem,
        alert=alert,
        pending=pending,
    )
    return make_response(text, status)


@bp.get("/history/drafts", endpoint="draft_changes")
def list_draft_changes() -> str:
    """What was done to many drafts at once, each with its way back."""
    listed = batches.list_batches(db.session)
    return render_template(
        "publishing/draft_changes.html",
        tab="publishing.draft_changes",
        batches=listed,
        contents=batches.name_contents(db.session, listed),
        undo_days=batches.UNDO_DAYS,
        pending=pending_changes(db.session),
    )


def read_moment(text: str) -> datetime | None:
    """A date and time as browsers send it, by the reader's clock, or in UTC where a Z says so;
    None when it is none."""
    zone = ZoneInfo("UTC") if text.endswith("Z") else reader_zone()
    for form in MOMENT_FORMATS:
        try:
            return times.moment_at(datetime.strptime(text.removesuffix("Z"), form), zone)
        except (ValueError, OverflowError):
            continue
    return None
