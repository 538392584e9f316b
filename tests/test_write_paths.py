"""Every address that writes is in a table here: what makes it stale must change nothing."""

from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from blueprints.purchases.refund_form import name_forecast
from domain.accounts.admins import find_admin
from domain.accounts.invitations import get_open
from domain.accounts.models import Admin
from domain.accounts.remembered_browsers import remember_browser
from domain.accounts.required_factor import require
from domain.accounts.sessions import open_session as open_admins_session
from domain.catalogue.drafts.presence import note_open
from domain.catalogue.imports.files import get_file, keep_file, read_file
from domain.catalogue.pending.pending import pending_changes
from domain.catalogue.preview.preview_links import make_link
from domain.company.company import read_versioned
from domain.customers.customers import add_by_hand, change_contact
from domain.customers.limits import USUAL, Limits, change_limits, read_limits
from domain.customers.sessions import open_session
from domain.customers.tags import add_tag
from domain.database import Base, read_clock, write, writing
from domain.embedding.sites import add_site
from domain.notices.rules import KINDS
from domain.outbox import acts
from domain.outbox.models import OutboxMessage
from domain.outbox.rules import MAIL, State
from domain.platforms.models import PlatformKey
from domain.purchases.case_models import DoneCase
from domain.purchases.pause import pause
from domain.purchases.payment_links import Wanted
from domain.purchases.payment_links import make_link as make_payment_link
from domain.purchases.refunding import forecast_refund
from domain.purchases.rules import Hold
from tests.companies import LOTUS, save_company
from tests.conftest import ADMIN, PASSWORD, Once
from tests.customers import add_customer
from tests.hosts import new_host
from tests.page_helpers import (
    LIST,
    TYPED,
    TYPED_MARKET,
    TYPED_SETTINGS,
    add,
    apply_all,
    buyers_pages,
    discard,
    edit,
    edit_market,
    edit_settings,
    everything,
    post,
    releases,
    remove,
    typed_for,
)
from tests.purchase_rows import add_buyer, add_purchase, add_receipt
from tests.purchases import paid_purchase, refund, wallet_of
from tests.second_factor import set_up_app
from tests.team import new_invitation, seen
from tests.test_purchases_money_back import seen as seen_by_worker
from tests.test_purchases_tasks_page import add_payment, add_task

pytestmark = pytest.mark.on_both

FORM = "a-form-of-a-page"
FACTOR = "/settings/account/second-factor"
PLATFORM = "/settings/platforms/1"
TYPED_PLATFORM = {"name": "Lotus", "return_url": "https://lotus.example"}
TEAM_ADMIN = "/settings/team/77"
INVITATION = "/settings/team/invitations/1"
EVERYTHING_ELSE = {
    "auth.accept_invitation": "no draft: an invitation lets in once",
    "auth.use_password_link": "no draft: a link works once",
    "team.invite": "no draft: an email is invited once",
    **dict.fromkeys(
        ("team.renew", "team.revoke"), "no draft: carries what was seen: test_invitations"
    ),
    **dict.fromkeys(
        ("team.change_role", "team.disable", "team.enable", "team.remove"),
        "no draft: carries what was seen: see tests/test_team_page.py",
    ),
    **dict.fromkeys(
        ("team.make_password_link", "team.reset_second_factor"),
        "no draft: carries what was seen: see tests/test_team_page.py",
    ),
    **dict.fromkeys(
        ("team.require_second_factor", "team.make_second_factor_optional"),
        "no draft: works at once; what is so stays so",
    ),
    "auth.start_session": "no draft: who signs in",
    "auth.check_code": "no draft: a code signs in once",
    "auth.logout": "no draft: who signs out",
    "auth.save_account": "no draft: what the admin is called",
    "auth.change_password": "no draft: only who types the one of now",
    "auth.turn_on_second_factor": "no draft: an app is set up once by each page",
    "auth.turn_off_second_factor": "no draft: what is off stays off",
    "auth.renew_recovery_codes": "no draft: those that were shown last work",
    "auth.forget_browsers": "no draft: what is forgotten stays forgotten",
    "account.send_code": "no draft: a new code, and the one before in this browser ends",
    "account.check_code": "no draft: a code signs in once, and counts its tries",
    "account.open_chosen": "no draft: a proof signs in once",
    "account.sign_out": "no draft: ends the sign-in of a customer",
    "checkout.place_order": "no draft: a buyer's open checkout, once for each offer",
    "checkout.again": "no draft: a purchase has one open checkout, however often it is asked for",
    "withdrawals.send": "no draft: a purchase is withdrawn from once, however often it is sent",
    "checkout.place_order_by_link": "no draft: the same, of the customer of a payment link",
    "account.arrive": "writes nothing: it only reads a token",
    "account.go_on": "no draft: lets a customer in, once for each token",
    "packages.bulk": "writes nothing: the page of what is ticked",
    "packages.echo_prices": "writes nothing: what a row of the sheet comes to",
    "packages.total_prices": "writes nothing: what the changed rows of the sheet come to",
    "packages.copy": "writes nothing: the page of what is ticked",
    "packages.preview_copy": "writes nothing: what is copied where",
    "packages.preview_bulk": "writes nothing: what a rule makes of prices",
    "imports.check": "no draft: keeps a file to be looked at",
    "imports.read_again": "no draft: how a kept file is read",
    "imports.turn": "writes nothing: another page of what a file changes",
    "settings.add_platform": "no draft: works at once, and adds what is not there",
    "settings.change_platform": "no draft: its version is in tests/test_settings_platforms_page.py",
    "settings.remove_platform": "no draft: works at once, and what is gone stays gone",
    "settings.make_key": "no draft: one key for each form",
    "settings.revoke_key": "no draft: a key ends once, however often it is revoked",
    "auth.save_notices": "no draft: which mails the admin gets",
    "auth.save_language": "no draft: how the admin reads pages",
    "auth.end_sign_in": "no draft: a sign-in ends once",
    "auth.end_sign_ins": "no draft: what has ended stays ended",
    "account.save_profile": "carries a version of its own: see test_account_profile",
    "account.send_email_code": "no draft: sends a code",
    "account.check_email_code": "no draft: a code works once",
    "account.save_emails": "no draft: a box that is ticked or not",
    "account.end_sign_in": "no draft: a sign-in ends once",
    "account.end_sign_ins": "no draft: what has ended stays ended",
    "settings.choose_theme": "no draft: a cookie",
    "settings.add_site": "no draft: works at once, and adds what is not there",
    "settings.remove_site": "no draft: works at once, and what is gone stays gone",
    "settings.pause_buying": "no draft: works at once; a pause that there is stays",
    "settings.resume_buying": "no draft: works at once; what is over stays over",
    "purchases.sync_now": "no draft: asks the provider: see tests/test_purchases_actions.py",
    "purchases.save_refund": "no draft: money goes back as it was foretold, or not at all",
    "purchases.refund_echo": "writes nothing: what a refund would do",
    "purchases.finish": "no draft: a task is done once",
    "purchases.close_payment": "no draft: a payment is closed once",
    "customers.forgive": "no draft: once for each form",
    "purchases.send_receipt": "no draft: one mail a minute, so often and no more",
    "purchases.note_case": "no draft: the same note twice in a minute is there once",
    "purchases.mark_case_done": "no draft: up to the purchase that was seen last",
    "purchases.reopen_case": "no draft: what is open stays open",
    "payments.webhook": "no draft: marks purchases due, however often: see tests/test_webhook.py",
    "settings.send_test": "no draft: one mail for each form, however often it is sent",
    "settings.send_again": "no draft: only what was given up waits again",
    "customers.save_new": "no draft: a form that is sent twice adds one customer",
    "customers.invite": "no draft: one mail a minute, and only to who never signed in",
    "customers.make_payment_link": "no draft: a new link; of mails one a minute",
    "customers.revoke_payment_link": "no draft: a link ends once, however often it is revoked",
    "customers.add_note": "no draft: the same note twice in a minute is there once",
    "customers.add_tag": "no draft: a tag is there once, however often it is added",
    "customers.remove_tag": "no draft: works at once, and what is gone stays gone",
    "customers.end_session": "no draft: a sign-in ends once",
    "customers.end_sessions": "no draft: sign-ins end once",
    "customers.save_giving": "no draft: credits, once for each form",
    "packages.save_new": "adds a draft that nobody can have seen before",
    "packages.echo": "writes nothing",
    "publishing.share": "no draft: a new link",
    "publishing.revoke": "no draft: a link ends once, however often it is revoked",
    "publishing.look_again": "writes nothing",
    "packages.note_open": "no draft: who has a form open",
    "packages.note_closed": "no draft: who has a form open no more",
    "packages.move": "carries no version: moves of different packages both survive",
    "publishing.go_back": "drafts what was live, which never changes, and can be taken back",
    "publishing.undo": "takes back what is still as it was left, whatever else was changed",
}

# They answer what is typed.
WRITE_NOTHING = {
    *("packages.echo", "publishing.look_again", "packages.bulk", "packages.preview_bulk"),
    *("packages.copy", "packages.preview_copy", "packages.echo_prices", "packages.total_prices"),
    "purchases.refund_echo",
    "imports.turn",
}

Fields = Callable[[Session], dict[str, str]]

CONTACT = {"email": "a@posta.example", "name": "Mine", "language": "tr", "country": "TR"}


def with_a_customer(session: Session) -> dict[str, str]:
    """With a tag, and signed in somewhere."""
    customer = add_customer(session, CONTACT["email"], "")
    with writing(session):
        add_tag(session, customer, "VIP")
        open_session(session, customer)
    return {"version": "1", "text": "Note", "tag": "Beta"} | CONTACT


def with_a_customer_renamed(session: Session) -> dict[str, str]:
    """By a colleague, after the form was opened."""
    opened = with_a_customer(session)
    with writing(session):
        change_contact(session, 1, 1, **CONTACT | {"name": "Theirs"})
    return opened


def with_a_file(session: Session) -> dict[str, str]:
    """That gives Pro another price, and was looked at."""
    text = "package,version,country,name,credits,price,currency\n1,2,US,Prime,100,24.90,USD\n"
    with writing(session):
        kept = keep_file(session, text, name="a.csv", decimal_sign=".", removes=False, author=ADMIN)
        read = read_file(get_file(session, kept, ADMIN), {})
        return {"digest": read.compare(session).digest}


# Endpoint: its path, and a form that was opened before a colleague's save.
STALE: dict[str, tuple[str, Fields]] = {
    "packages.save_edit": (
        f"{LIST}1/edit",
        lambda session: typed_for(session, 1, name="Mine"),
    ),
    "packages.remove": (f"{LIST}1/remove", lambda _: {"version": "2"}),
    "packages.keep": (f"{LIST}2/keep", lambda _: {"version": "1"}),
    "packages.save_bulk": (
        f"{LIST}bulk/save",
        lambda _: {"action": "remove", "line": "1", "include": "1", "version-1": "2"},
    ),
    "packages.save_copy": (
        f"{LIST}copy/save",
        lambda _: {
            **{"package": "1", "to": "MX", "line": "1-MX", "include": "1-MX"},
            **{"currency-MX": "USD", "source-1-MX": "2", "version-1-MX": "0"},
            **{"new-1-MX": "19.99", "shown-1-MX": "19.99", "rule": "MX USD ||nearest"},
        },
    ),
    "packages.save_prices": (
        f"{LIST}prices?country=US",
        lambda _: {
            **{"line": "1", "version-1": "2", "credits-1": "100", "opened-1": "100"},
            **{"price-1": "24.90", "shown-1": "19.99"},
        },
    ),
    "imports.save": (f"{LIST}import/1/save", with_a_file),
    "packages.apply": (f"{LIST}apply", lambda session: {"token": token(session)}),
    "publishing.apply_review": (
        f"{LIST}review",
        lambda session: {
            "token": token(session),
            "change": "package-1-edited",
            "acknowledge": "by-bob@example.com",
        },
    ),
    "publishing.discard_changes": (
        f"{LIST}discard",
        lambda session: {"token": token(session), "everything": "1"},
    ),
    "publishing.discard_in_review": (
        f"{LIST}review/discard?change=package-1-edited",
        lambda session: {"token": token(session)},
    ),
    "publishing.restore": (
        f"{LIST}history/1/restore",
        lambda session: {"token": token(session)},
    ),
    "settings.save": (
        "/settings/",
        lambda _: TYPED_SETTINGS | {"platform_name": "Mine"},
    ),
    "customers.save_contact": ("/customers/1/contact", with_a_customer_renamed),
    "settings.save_limits": (
        "/settings/customers",
        lambda session: {"at_once": "10", "a_day": "20", "version": read_limits(session).version},
    ),
    "settings.save_company": (
        "/settings/company",
        lambda session: LOTUS._asdict() | {"version": str(read_versioned(session)[1])},
    ),
    "markets.save": (
        "/settings/markets/US",
        lambda _: TYPED_MARKET | {"note_en": "Mine", "version": "2"},
    ),
}


def with_a_second_release(session: Session) -> dict[str, str]:
    """Something to go back from."""
    apply_all(session)
    return {"live": "2"}


def with_a_mail_given_up(session: Session) -> dict[str, str]:
    given_up = {"state": State.GIVEN_UP, "due_at": None, "reason": "refused"}
    with writing(session):
        acts.put(session, MAIL, "a", topic="test", recipient=ADMIN, data={"language": "en"})
        session.execute(update(OutboxMessage).values(given_up))
    return {}


def while_paused(session: Session) -> dict[str, str]:
    write(session, partial(pause, author=ADMIN))
    return {}


def with_a_platform(session: Session) -> dict[str, str]:
    """Whose one key is "its-key"."""
    new_host(session)
    with writing(session):
        session.execute(update(PlatformKey).values(id="its-key"))
    return TYPED_PLATFORM | {"version": "1", "made": "1"}


def with_a_second_factor(session: Session) -> dict[str, str]:
    """And a browser that is remembered."""
    set_up_app(session, ADMIN)
    admin = find_admin(session, ADMIN)
    assert admin
    with writing(session):
        remember_browser(session, admin.id)
    return {}


def with_somebody_invited(session: Session) -> dict[str, str]:
    add_customer(session, "a@posta.example", "")
    return {}


def with_a_receipt(session: Session) -> dict[str, str]:
    add_receipt(session, add_purchase(session, add_buyer(session)), 1)
    return {}


def with_a_task(session: Session) -> dict[str, str]:
    add_task(session, Hold.REFUNDED)
    return {"note": "Agreed by phone"}


def with_a_payment(session: Session) -> dict[str, str]:
    """Whose provider does not answer, so that the refund is kept and not sent."""
    paid_purchase(session)
    forecast = forecast_refund(session, 1)
    session.rollback()
    return {"amount": "19.99", "seen": name_forecast(forecast), "reason": "Did not like it"}


def with_an_unknown_payment(session: Session) -> dict[str, str]:
    add_payment(session)
    return {"note": "Given by hand"}


def with_a_debt(session: Session) -> dict[str, str]:
    """Of customer 1: 40 credits."""
    paid_purchase(session)
    wallet_of(session).spend(40)
    seen_by_worker(session, refund())
    return {"key": "a" * 32, "amount": "40", "reason": "Our mistake"}


def with_a_payment_link(session: Session) -> dict[str, str]:
    """To Pro, which is live."""
    customer_id = add_customer(session, "a@posta.example", "")
    write(session, partial(make_payment_link, wanted=Wanted(customer_id, 1, 7, ADMIN)))
    return {"package": "1", "days": "7", "act": "copy"}


def with_a_failed_payment(session: Session) -> dict[str, str]:
    add_purchase(session, add_buyer(session), "failed", failure="no_funds", package_id=1)
    return {"text": "Called", "seen": "1"}


def with_a_case_that_is_done(session: Session) -> dict[str, str]:
    seen = with_a_failed_payment(session)
    with writing(session):
        session.add(DoneCase(customer_id=1, package_id=1, up_to=1, author=ADMIN))
    return seen


def with_another_sign_in(session: Session) -> dict[str, str]:
    with writing(session):
        admin = find_admin(session, ADMIN)
        assert admin
        open_admins_session(session, admin)
    return {}


def for_a_customer(session: Session) -> dict[str, str]:
    with writing(session):
        add_by_hand(session, email="ayse@posta.example", name="Ayşe", language="tr")
    return {"key": "a" * 32, "amount": "50", "kind": "gift", "reason": "The call dropped"}


def with_a_colleague(session: Session) -> dict[str, str]:
    """Eve, who has a second factor."""
    with writing(session):
        values = {"email": "eve@example.com", "display_name": "Eve", "password_hash": "hash"}
        session.add(Admin(id=77, role="publisher", **values))
    set_up_app(session, "eve@example.com")
    return {"role": "viewer", "seen": seen(session, 77)}


def with_a_colleague_disabled(session: Session) -> dict[str, str]:
    with_a_colleague(session)
    with writing(session):
        session.get_one(Admin, 77).disabled_at = read_clock(session)
    return {"seen": seen(session, 77)}


def with_an_invitation(session: Session) -> dict[str, str]:
    ana = find_admin(session, ADMIN)
    assert ana
    new_invitation(session, by=ana.id)
    opened = get_open(session, 1).seen
    session.rollback()
    return {"seen": opened}


def while_a_second_factor_is_required(session: Session) -> dict[str, str]:
    with writing(session):
        require(session, ADMIN)
    return {}


# Endpoint: its path, and a form that does what it is for.
WRITES: dict[str, tuple[str, Fields]] = {
    "auth.start_session": ("/login", lambda _: {"email": ADMIN, "password": PASSWORD}),
    "auth.logout": ("/logout", lambda _: {}),
    "auth.save_account": ("/settings/account", lambda _: {"display_name": "Ana Pereira"}),
    "auth.change_password": (
        "/settings/account/password",
        lambda _: {
            "password": PASSWORD,
            "new_password": "pepper glacier violin tunnel",
            "new_password_again": "pepper glacier violin tunnel",
        },
    ),
    "auth.save_notices": (
        "/settings/account/notices",
        lambda _: dict.fromkeys(KINDS, "daily"),
    ),
    "auth.save_language": ("/settings/account/language", lambda _: {"language": "tr"}),
    "auth.end_sign_in": ("/settings/account/sign-ins/1/end", lambda _: {}),
    "auth.end_sign_ins": ("/settings/account/sign-ins/end", with_another_sign_in),
    "auth.turn_off_second_factor": (f"{FACTOR}/off", with_a_second_factor),
    "auth.renew_recovery_codes": (f"{FACTOR}/recovery-codes", with_a_second_factor),
    "auth.forget_browsers": (f"{FACTOR}/browsers/forget", with_a_second_factor),
    "team.invite": ("/settings/team", lambda _: {"email": "cem@example.com", "role": "viewer"}),
    "team.renew": (f"{INVITATION}/renew", with_an_invitation),
    "team.revoke": (f"{INVITATION}/revoke", with_an_invitation),
    "team.change_role": (TEAM_ADMIN, with_a_colleague),
    "team.disable": (f"{TEAM_ADMIN}/disable", with_a_colleague),
    "team.enable": (f"{TEAM_ADMIN}/enable", with_a_colleague_disabled),
    "team.remove": (f"{TEAM_ADMIN}/remove", with_a_colleague),
    "team.make_password_link": (f"{TEAM_ADMIN}/password-link", with_a_colleague),
    "team.reset_second_factor": (f"{TEAM_ADMIN}/second-factor", with_a_colleague),
    "team.require_second_factor": ("/settings/team/second-factor/require", lambda _: {}),
    "team.make_second_factor_optional": (
        "/settings/team/second-factor/optional",
        while_a_second_factor_is_required,
    ),
    "packages.save_new": (f"{LIST}add", lambda _: TYPED),
    "packages.save_edit": (f"{LIST}1/edit", lambda session: typed_for(session, 1, name="Mine")),
    "packages.move": (f"{LIST}1/move", lambda _: {"step": "down", "country": "US"}),
    "packages.remove": (f"{LIST}1/remove", lambda _: {"version": "2"}),
    "packages.keep": (f"{LIST}2/keep", lambda _: {"version": "2"}),
    "packages.apply": (f"{LIST}apply", lambda session: {"token": token_of_own(session)}),
    "packages.note_open": (f"{LIST}1/presence/{FORM}", lambda _: {}),
    "packages.note_closed": (f"{LIST}1/presence/{FORM}/end", lambda _: {}),
    "imports.save": STALE["imports.save"],
    "imports.read_again": (
        f"{LIST}import/1/decimal",
        lambda session: with_a_file(session) | {"decimal": "comma"},
    ),
    "packages.save_prices": STALE["packages.save_prices"],
    "packages.save_bulk": STALE["packages.save_bulk"],
    "packages.save_copy": STALE["packages.save_copy"],
    "publishing.apply_review": STALE["publishing.apply_review"],
    "publishing.discard_changes": STALE["publishing.discard_changes"],
    "publishing.discard_in_review": STALE["publishing.discard_in_review"],
    "publishing.undo": (f"{LIST}undo/1", lambda _: {}),
    "publishing.restore": STALE["publishing.restore"],
    "publishing.go_back": (f"{LIST}history/1/back", with_a_second_release),
    "publishing.share": (f"{LIST}preview/links", lambda _: {"days": "7"}),
    "publishing.revoke": (f"{LIST}preview/links/1/revoke", lambda _: {}),
    "settings.save": STALE["settings.save"],
    "markets.save": STALE["markets.save"],
    "settings.save_limits": STALE["settings.save_limits"],
    "settings.save_company": STALE["settings.save_company"],
    "customers.save_giving": ("/customers/1/credits", for_a_customer),
    "customers.forgive": ("/customers/1/debt", with_a_debt),
    "purchases.save_refund": ("/purchases/1/refund", with_a_payment),
    "purchases.close_payment": ("/purchases/tasks/payments/1/done", with_an_unknown_payment),
    "purchases.finish": ("/purchases/tasks/1/done", with_a_task),
    "purchases.send_receipt": ("/purchases/1/receipt/send", with_a_receipt),
    "purchases.note_case": ("/purchases/failed/1/1/notes", with_a_failed_payment),
    "purchases.mark_case_done": ("/purchases/failed/1/1/done", with_a_failed_payment),
    "purchases.reopen_case": ("/purchases/failed/1/1/undo", with_a_case_that_is_done),
    "settings.add_site": ("/settings/sites", lambda _: {"origin": "https://two.example"}),
    "settings.remove_site": ("/settings/sites/1/remove", lambda _: {}),
    "settings.pause_buying": ("/settings/payments/pause", lambda _: {}),
    "settings.resume_buying": ("/settings/payments/resume", while_paused),
    "settings.send_test": ("/settings/mail", lambda _: {"email": ADMIN, "language": "en"}),
    "settings.send_again": ("/settings/mail/1/again", with_a_mail_given_up),
    "settings.add_platform": ("/settings/platforms", lambda _: TYPED_PLATFORM),
    "settings.change_platform": (PLATFORM, with_a_platform),
    "settings.remove_platform": (f"{PLATFORM}/remove", with_a_platform),
    "settings.make_key": (f"{PLATFORM}/keys", with_a_platform),
    "settings.revoke_key": (f"{PLATFORM}/keys/its-key/revoke", with_a_platform),
    "settings.choose_theme": ("/settings/theme", lambda _: {"theme": "dark"}),
    "customers.save_new": (
        "/customers/add",
        lambda _: {"email": "a@posta.example", "language": "tr", "invites": "1"},
    ),
    "customers.invite": ("/customers/1/invite", with_somebody_invited),
    "customers.save_contact": ("/customers/1/contact", with_a_customer),
    "customers.make_payment_link": (
        "/customers/1/payment-links?country=US",
        lambda session: with_a_payment_link(session) | {"act": "mail"},
    ),
    "customers.revoke_payment_link": ("/customers/1/payment-links/1/revoke", with_a_payment_link),
    "customers.add_note": ("/customers/1/notes", with_a_customer),
    "customers.add_tag": ("/customers/1/tags", with_a_customer),
    "customers.remove_tag": (
        "/customers/1/tags/remove",
        lambda session: with_a_customer(session) | {"tag": "VIP"},
    ),
    "customers.end_session": ("/customers/1/sign-ins/1/end", with_a_customer),
    "customers.end_sessions": ("/customers/1/sign-ins/end", with_a_customer),
}


def token(session: Session) -> str:
    return pending_changes(session).token


def token_of_own(session: Session) -> str:
    """Of what is pending when nothing is a colleague's."""
    discard_change(session, "package-1-edited", "package-2-removed")
    return token(session)


def save_as_colleague(session: Session) -> None:
    """Changes what every form of the table was opened with."""
    edit(session, 1, name="Theirs", price_minor=2099)
    edit_settings(session, platform_name="Theirs")
    edit_market(session, "US", note_en="Theirs")
    save_company(session, LOTUS._replace(legal_name="Theirs"))
    write(session, partial(change_limits, limits=Limits(1, 2), version=USUAL.version))


@pytest.fixture
def scene(once: Once) -> None:
    once(make_scene)


def make_scene(session: Session) -> None:
    """Pro is live and edited, Max is live and to be removed; a note about the US is live."""
    add(session, "Pro")
    add(session, "Max", credits=200, price_minor=3899)
    edit_market(session, "US", note_en="Note")
    apply_all(session)
    edit(session, 1, name="Prime")
    remove(session, 2)


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize("htmx", [pytest.param(True, marks=pytest.mark.long), False])
@pytest.mark.parametrize("endpoint", STALE)
def test_a_stale_form_changes_nothing(
    signed_in: FlaskClient, session: Session, endpoint: str, htmx: bool
) -> None:
    """Caught: each of these without its version or token."""
    path, fields = STALE[endpoint]
    sent = fields(session)
    save_as_colleague(session)
    before, seen = everything(session), buyers_pages(signed_in)
    answer = post(signed_in, path, sent, htmx=htmx)
    assert answer.status_code == 409
    assert (everything(session), buyers_pages(signed_in)) == (before, seen)
    assert releases(session) == 1


@pytest.mark.long
@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize("endpoint", STALE)
def test_without_version_or_token_nothing_changes(
    signed_in: FlaskClient, session: Session, endpoint: str
) -> None:
    path, fields = STALE[endpoint]
    sent = {**fields(session), "version": "", "token": "", "digest": ""}
    sent |= dict.fromkeys([name for name in sent if name.startswith(("version-", "source-"))], "")
    before = everything(session)
    assert post(signed_in, path, sent).status_code == 409
    assert (everything(session), releases(session)) == (before, 1)


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize("endpoint", WRITES)
def test_each_write_is_done(signed_in: FlaskClient, session: Session, endpoint: str) -> None:
    """What each is for, once on each database; its own tests say what exactly it does."""
    path, fields = WRITES[endpoint]
    make_ready(session)
    sent, before = fields(session), all_rows(session)
    answer = post(signed_in, path, sent, htmx=False)
    assert answer.status_code in (200, 204, 303), answer.text
    if endpoint != "settings.choose_theme":
        assert all_rows(session) != before


def make_ready(session: Session) -> None:
    """What some of them are done to, besides what is in the scene."""
    with writing(session):
        make_link(session, 7, author=ADMIN)
        add_site(session, "https://one.example", author=ADMIN)
        note_open(session, FORM, 1, author=ADMIN)
    add(session, "New", credits=300, price_minor=5700)
    discard_change(session, f"package-{add(session, 'Gone')[0]}-added")


def discard_change(session: Session, *keys: str) -> None:
    with writing(session):
        discard(session, token(session), keys=keys, author=ADMIN)


def all_rows(session: Session) -> dict[str, object]:
    """By table. Of PostgreSQL what they come to: to ask for each takes longer than the answers."""
    session.rollback()
    tables = Base.metadata.sorted_tables
    if session.get_bind().dialect.name == "sqlite":
        return {table.name: session.execute(select(table)).all() for table in tables}
    sums = (
        f"SELECT '{table}', count(*), sum(hashtextextended(r::text, 0)) FROM {table} AS r"  # noqa: S608
        for table in tables
    )
    return {row[0]: row[1:] for row in session.execute(text(" UNION ALL ".join(sums)))}


def test_every_address_that_writes_is_in_a_table(app: Flask) -> None:
    """Caught: a new POST route that no test of stale forms knows."""
    unsafe = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
    }
    assert unsafe == STALE.keys() | EVERYTHING_ELSE.keys()
    # What customers write is in the table of tests/test_account_access.py; news of payments are in
    # tests/test_webhook.py, and the provider is asked in tests/test_purchases_actions.py. The code
    # of an admin who signs in is in tests/test_login_code.py, that of a new app in
    # tests/test_second_factor_page.py; files are in tests/test_import_page.py. What one-time links
    # do is in tests/test_invitations.py and tests/test_password_links.py.
    elsewhere = (
        *("account.", "checkout.", "withdrawals.", "payments.", "purchases.sync_now"),
        *("auth.check_code", "auth.turn_on_second_factor", "imports.check"),
        *("auth.accept_invitation", "auth.use_password_link"),
    )
    of_admins = {endpoint for endpoint in unsafe if not endpoint.startswith(elsewhere)}
    assert of_admins == WRITES.keys() | WRITE_NOTHING
