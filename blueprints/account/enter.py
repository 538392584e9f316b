"""The door through which platforms hand their users over: docs/platforms.md."""

from functools import partial

from flask import Response, current_app, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from blueprints.account import arrivals, bp
from blueprints.account.arrivals import NEXT_CHARACTERS, Arrival
from blueprints.customer_doors import HOME, note_new, this_visit
from blueprints.customer_sign_in import current_customer, keep_signed_in
from blueprints.pages import isolated
from blueprints.safe_redirect import own_path
from domain.customers.claims import Claims, read_claims
from domain.customers.customers import get_customer
from domain.customers.sessions import SignedInCustomer
from domain.customers.sign_in import Opened, Visit, sign_in_from_platform
from domain.database import AnySession, write
from domain.platforms import platforms, tokens
from domain.platforms.errors import HandOverRefused, PlatformNotFound, Reason
from domain.platforms.models import Platform
from domain.platforms.rules import origin_of
from extensions import csrf, db


@csrf.exempt
@bp.post("/enter")
def arrive() -> ResponseReturnValue:
    """Signs nobody in: that takes a further step, on our own pages."""
    return receive(request.form.get("token", ""), sent_by=request.headers.get("Origin", ""))


@bp.get("/enter")
def enter() -> ResponseReturnValue:
    if "token" in request.args:
        sent_by = request.headers.get("Origin") or request.referrer or ""
        return receive(request.args["token"], sent_by)
    arrival = arrivals.kept()
    if arrival is None:
        return redirect(HOME, 303) if current_customer() else refuse(Reason.NOT_THERE)
    if not arrival.is_trusted or find_other(arrival):
        return ask(arrival)
    return admit(arrival)


@bp.post("/enter/go-on")
def go_on() -> ResponseReturnValue:
    """The answer to `ask`, which the form carries along: the cookie may be another one's by now."""
    arrival = arrivals.unpack(request.form.get("arrival", ""))
    if arrival is None:
        return refuse(Reason.NOT_THERE)
    other = find_other(arrival)
    if other and request.form.get("leaving") != str(other.customer_id):
        return ask(arrival)
    return admit(arrival)


def receive(token: str, sent_by: str) -> Response:
    """Keeps what the token says for the next page, at an address without it."""
    try:
        arrival = read_arrival(token, origin_of(sent_by))
    except HandOverRefused as refused:
        return refuse(refused.reason, refused.platform_id)
    answer = make_response(redirect("/enter", 303))
    arrivals.keep(answer, arrival)
    return without_referrer(answer)


def read_arrival(token: str, sent_by: str) -> Arrival:
    """Raises HandOverRefused."""
    audience = (request.host_url.rstrip("/"), request.host)
    key = current_app.config["SECRET_KEY"]
    found, said = tokens.read_token(db.session, token, audience=audience, secret_key=key)
    platform = platforms.get(db.session, found.platform_id)
    claims = read_claims(said, trusts_emails=platform.trusts_emails)
    next = own_path(str(said.get("next", "")), NEXT_CHARACTERS)
    is_trusted = sent_by != "" and sent_by == origin_of(platform.return_url)
    return Arrival(found, claims, next if next.isascii() else "", is_trusted)


def find_other(arrival: Arrival) -> SignedInCustomer | None:
    """The customer who is signed in here, if it is another one."""
    here = current_customer()
    if here is None or here.platform_id != arrival.token.platform_id:
        return here
    person = get_customer(db.session, here.customer_id)
    return here if person.subject != arrival.claims.subject else None


def ask(arrival: Arrival) -> Response:
    host = find_platform(arrival.token.platform_id)
    page = render_template(
        "account/enter.html",
        question=question_about(arrival.claims, host),
        arrival=arrivals.pack(arrival),
        claims=arrival.claims,
        other=find_other(arrival),
        host=host,
    )
    return make_response(page)


def question_about(claims: Claims, host: Platform | None) -> str:
    person, platform = claims.name or claims.email, isolated(host.name) if host else ""
    if person and platform:
        words = _("Go on as %(name)s at %(platform)s?", name=isolated(person), platform=platform)
    else:
        words = _("Go on at %(platform)s?", platform=platform) if platform else _("Go on?")
    return str(words)


def admit(arrival: Arrival) -> Response:
    visit = this_visit()
    answer = make_response(redirect(arrival.next or HOME, 303))
    try:
        opened = write(db.session, partial(open_door, arrival=arrival, visit=visit))
    except HandOverRefused as refused:
        # Their page, loaded again: they are where they wanted to be.
        if visit.former is None or find_other(arrival):
            return refuse(refused.reason, refused.platform_id)
    else:
        keep_signed_in(answer, opened.token)
        words = "Customer %s came from platform %s"
        current_app.logger.info(words, opened.customer_id, arrival.token.platform_id)
    arrivals.forget(answer)
    return without_referrer(answer)


def open_door(session: AnySession, arrival: Arrival, visit: Visit) -> Opened:
    """Raises HandOverRefused."""
    tokens.use_up(session, arrival.token, current_app.config["SECRET_KEY"])
    platform_id = arrival.token.platform_id
    opened = sign_in_from_platform(session, platform_id, arrival.claims, visit)
    note_new(session, opened)
    return opened


def refuse(reason: Reason, platform_id: int | None = None) -> Response:
    words = "Hand-over by %s refused, platform %s: %s"
    current_app.logger.warning(words, request.remote_addr, platform_id, reason)
    page = render_template("account/not_entered.html", host=find_platform(platform_id))
    answer = make_response(page, 403)
    arrivals.forget(answer)
    return without_referrer(answer)


def find_platform(platform_id: int | None) -> Platform | None:
    try:
        return platforms.get(db.session, platform_id) if platform_id else None
    except PlatformNotFound:
        return None


def without_referrer(answer: Response) -> Response:
    """The address may hold a token."""
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
