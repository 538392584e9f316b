"""Failed payments, by who can mend them: what support does about each."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import NamedTuple

from babel.dates import format_timedelta
from flask import Response, abort, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user
from wtforms import HiddenField, StringField

from blueprints import htmx
from blueprints.forms import Form, obeys
from blueprints.i18n import translated
from blueprints.locale import reader_locale
from blueprints.purchases import bp, words
from blueprints.purchases.naming import page_of_case
from blueprints.recording import record
from blueprints.safe_redirect import next_path
from domain.catalogue.pending.pending import pending_changes
from domain.database import MOST_ID, AnySession, write
from domain.numbers import whole_number
from domain.purchases import mending
from domain.purchases.case_rules import Outline, Show, Who
from domain.purchases.errors import CaseNotFound, UnfitCaseNote
from domain.purchases.failed_payments import (
    Case,
    Part,
    get_case,
    read_cases,
    read_outlines,
    take_page,
)
from domain.purchases.names import name_purchase
from domain.purchases.rules import Hold
from domain.purchases.shown import Shown
from extensions import db

# Of each group, so many are shown on the first page.
FIRST = 5


class CaseForm(Form):
    text = StringField(lazy_gettext("Add a note"), [obeys(mending.clean_note, UnfitCaseNote)])


class DoneForm(Form):
    """`seen` is the last purchase of the case when its page was opened."""

    seen = HiddenField()


GROUPS = {
    Who.BUYER: lazy_gettext("The buyer can mend it"),
    Who.BANK: lazy_gettext("The bank can mend it"),
    Who.US: lazy_gettext("We or the provider can mend it"),
    Who.NOBODY: lazy_gettext("Looks like a fraud: leave it"),
    Who.LEFT: lazy_gettext("Left without a try"),
}
SHOWS = {
    Show.OPEN: lazy_gettext("To do"),
    Show.RECOVERED: lazy_gettext("Recovered"),
    Show.DONE: lazy_gettext("Done"),
}


class Group(NamedTuple):
    """Some cases of those that one can mend, and how many there are."""

    who: Who | None
    part: Part
    cases: list[Case]
    total: int


class Listing(NamedTuple):
    show: Show
    who: Who | None
    groups: list[Group]
    counts: Counter[Show]

    def query(self) -> dict[str, str]:
        show = "" if self.show == Show.OPEN else self.show.value
        return {k: v for k, v in (("show", show), ("who", self.who or "")) if v}


@bp.get("/failed")
def failed() -> str:
    return render_template(
        "purchases/failed.html",
        shown=read_listing(),
        words=words,
        group_names=GROUPS,
        show_names=SHOWS,
        Show=Show,
        describe_case=describe_case,
        describe_recovery=describe_recovery,
        pending=pending_changes(db.session),
    )


def read_listing() -> Listing:
    """What is to be done in groups, a few of each; one group, or what is done, page by page."""
    asked, by = request.args.get("show", ""), request.args.get("who", "")
    show = Show(asked) if asked in [*Show] else Show.OPEN
    who = Who(by) if by in [*Who] else None
    outlines = read_outlines(db.session)
    counts = Counter(one.show for one in outlines)
    wanted = [one for one in outlines if one.show == show]
    if show == Show.OPEN and who is None:
        return Listing(show, who, list_groups(wanted), counts)
    wanted = [one for one in wanted if who in (None, one.who)]
    edges = (whole_number(request.args.get(name, ""), MOST_ID) for name in ("below", "above"))
    part = take_page(wanted, *edges)
    cases = read_cases(db.session, part.outlines)
    return Listing(show, who, [Group(who, part, cases, len(wanted))], counts)


def list_groups(wanted: Sequence[Outline]) -> list[Group]:
    """Those that there are, each with its first cases."""
    of = {who: [one for one in wanted if one.who == who] for who in Who}
    shown = {who: ones[:FIRST] for who, ones in of.items() if ones}
    cases = read_cases(db.session, [one for ones in shown.values() for one in ones])
    return [
        Group(who, Part(ones), [it for it in cases if it.outline.who == who], len(of[who]))
        for who, ones in shown.items()
    ]


@bp.get("/failed/<id:customer_id>/<id:package_id>")
def failed_case(customer_id: int, package_id: int) -> Response:
    return show_case(find_case(customer_id, package_id))


@bp.post("/failed/<id:customer_id>/<id:package_id>/notes")
def note_case(customer_id: int, package_id: int) -> ResponseReturnValue:
    it, form = find_case(customer_id, package_id), CaseForm()
    if not form.validate_on_submit():
        return show_case(it, 422, form=form)
    text, author = form.text.data or "", current_user.email
    write(
        db.session,
        recorded("case_noted", it, partial(mending.add_note, it=it, text=text, author=author)),
    )
    return htmx.go_to(page_of_case(it, "notes"), _("Note added."))


@bp.post("/failed/<id:customer_id>/<id:package_id>/done")
def mark_case_done(customer_id: int, package_id: int) -> ResponseReturnValue:
    it, seen = find_case(customer_id, package_id), DoneForm().seen.data or ""
    up_to, author = whole_number(seen, MOST_ID) or 0, current_user.email
    try:
        write(
            db.session,
            recorded(
                "case_done", it, partial(mending.mark_done, it=it, up_to=up_to, author=author)
            ),
        )
    except CaseNotFound as error:
        abort(409, translated(error))
    if up_to < it.newest:
        return htmx.go_to(page_of_case(it), _("It failed once more since you looked."))
    return htmx.go_to(next_path(page_of_case(it)), _("Done. You can undo it under Done."))


@bp.post("/failed/<id:customer_id>/<id:package_id>/undo")
def reopen_case(customer_id: int, package_id: int) -> ResponseReturnValue:
    it = find_case(customer_id, package_id)
    work = partial(mending.reopen, customer_id=customer_id, package_id=package_id)
    write(db.session, recorded("case_reopened", it, work))
    return htmx.go_to(next_path(page_of_case(it)), _("It is to be done again."))


def recorded(
    kind: str, it: Case, act: Callable[[AnySession], bool]
) -> Callable[[AnySession], None]:
    """The act with its line of the activity, if it changes anything."""

    def work(session: AnySession) -> None:
        if act(session):
            record(kind, "customer", it.customer_id)

    return work


def find_case(customer_id: int, package_id: int) -> Case:
    try:
        return get_case(db.session, customer_id, package_id)
    except CaseNotFound as error:
        abort(404, translated(error))


def show_case(it: Case, status: int = 200, *, form: CaseForm | None = None) -> Response:
    page = render_template(
        "purchases/failed_case.html",
        it=it,
        form=form,
        words=words,
        group_names=GROUPS,
        Show=Show,
        describe_case=describe_case,
        describe_recovery=describe_recovery,
        name_purchase=name_purchase,
        pending=pending_changes(db.session),
    )
    return make_response(page, status)


def describe_case(it: Case) -> str:
    """Why the last try came to nothing. Buyers never read what is said of fraud."""
    outline, newest = it.outline, it.outline.newest
    if newest.hold:
        return str(words.HOLDS[Hold(newest.hold)])
    if outline.is_fraud:
        return str(_("Bank suspects fraud"))
    if outline.who == Who.NOBODY:
        return str(_("Many cards were tried"))
    if newest.failure or outline.who == Who.BANK:
        return words.describe_failure(newest.failure)
    if outline.who == Who.US:
        return str(_("The payment page never opened"))
    return str(words.WAYS[Shown.EXPIRED])


def describe_recovery(after: timedelta) -> str:
    """ "Recovered after 2 hours"."""
    span = format_timedelta(after, threshold=1.2, locale=reader_locale())
    return str(_("Recovered after %(time)s", time=span))
