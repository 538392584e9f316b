"""What each act of an admin leaves in the activity: one line; or none, as its drafts and releases
say who did it, or as there is nothing to say.

What customers do is no act of an admin: blueprints/permissions.py names their areas.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from domain.activity.models import Activity
from domain.request_addresses import RequestAddress
from tests.conftest import ADMIN


class Line(NamedTuple):
    """`about` is what it was done to: its type and number, which is 1 of nearly all here."""

    kind: str
    about: tuple[str, int] | None = None
    details: dict[str, object] = {}  # noqa: RUF012 - never changed


ANA = ("admin", 1)
CUSTOMER, PURCHASE, PLATFORM = ("customer", 1), ("purchase", 1), ("platform", 1)
EVE, INVITATION = ("admin", 77), ("invitation", 1)
CEM: dict[str, object] = {"email": "cem@example.com", "role": "editor"}
DRAFTS, RELEASE = "drafts", "release"
TYPED = "nothing: answers what is typed"
LOOKED_AT = "nothing: a file that is looked at, and no package yet"
PRESENCE = "nothing: who has a form open"
COMPANY = [
    *("legal_name", "address", "country", "tax_number"),
    *("email", "phone", "terms_url", "privacy_url"),
]
# Endpoint: what it leaves.
LEAVES: dict[str, Line | str] = {
    "auth.start_session": Line("signed_in", ANA),
    "auth.check_code": Line("signed_in", ANA),
    "auth.logout": Line("signed_out", ANA),
    "auth.change_password": Line("password_changed", ANA),
    "auth.turn_on_second_factor": Line("second_factor_on", ANA),
    "auth.turn_off_second_factor": Line("second_factor_off", ANA),
    "auth.renew_recovery_codes": Line("recovery_codes_renewed", ANA),
    "auth.forget_browsers": Line("browsers_forgotten", ANA),
    "auth.save_account": Line("account_changed", ANA, {"fields": ["display_name"]}),
    "auth.save_language": Line("account_changed", ANA, {"fields": ["language"]}),
    "auth.save_notices": Line("notices_chosen", ANA),
    "auth.end_sign_in": Line("sign_in_ended", ANA),
    "auth.end_sign_ins": Line("sign_ins_ended", ANA),
    "auth.accept_invitation": Line("invitation_accepted", ("admin", 2), {"role": "editor"}),
    "auth.use_password_link": Line("password_link_used", ("admin", 2)),
    "team.invite": Line("admin_invited", INVITATION, CEM | {"role": "viewer"}),
    "team.renew": Line("invitation_renewed", INVITATION, CEM),
    "team.revoke": Line("invitation_revoked", INVITATION, CEM),
    "team.change_role": Line("role_changed", EVE, {"was": "publisher", "role": "viewer"}),
    "team.disable": Line("admin_disabled", EVE),
    "team.enable": Line("admin_enabled", EVE),
    "team.remove": Line("admin_removed", EVE),
    "team.make_password_link": Line("password_link_made", EVE),
    "team.reset_second_factor": Line("second_factor_reset", EVE),
    "team.require_second_factor": Line("second_factor_required"),
    "team.make_second_factor_optional": Line("second_factor_optional"),
    "settings.add_site": Line("site_added", ("site", 2), {"origin": "https://two.example"}),
    "settings.remove_site": Line("site_removed", ("site", 1), {"origin": "https://one.example"}),
    "settings.add_platform": Line("platform_added", PLATFORM),
    "settings.change_platform": Line(
        "platform_changed", PLATFORM, {"fields": ["name", "return_url"]}
    ),
    "settings.remove_platform": Line("platform_removed", PLATFORM),
    "settings.make_key": Line("key_made", PLATFORM),
    "settings.revoke_key": Line("key_revoked", PLATFORM),
    "settings.save_company": Line("company_changed", None, {"fields": COMPANY}),
    "settings.save_limits": Line("limits_changed", None, {"at_once": 10, "a_day": 20}),
    "settings.pause_buying": Line("buying_paused"),
    "settings.resume_buying": Line("buying_resumed"),
    "settings.send_test": Line("test_mail_sent"),
    "settings.send_again": Line("mail_sent_again", ("mail", 1)),
    "settings.choose_theme": "nothing: a cookie",
    "settings.save": DRAFTS,
    "markets.save": DRAFTS,
    "customers.save_new": Line("customer_added", CUSTOMER),
    "customers.invite": Line("customer_invited", CUSTOMER),
    "customers.save_contact": Line("contact_changed", CUSTOMER, {"fields": ["name"]}),
    "customers.save_giving": Line("credits_given", CUSTOMER, {"credits": 50}),
    "customers.forgive": Line("debt_forgiven", CUSTOMER, {"credits": 40}),
    "customers.add_note": Line("customer_noted", CUSTOMER),
    "customers.add_tag": Line("customer_tagged", CUSTOMER),
    "customers.remove_tag": Line("customer_untagged", CUSTOMER),
    "customers.make_payment_link": Line("payment_link_made", CUSTOMER),
    "customers.revoke_payment_link": Line("payment_link_revoked", CUSTOMER),
    "customers.end_session": Line("customer_signed_out", CUSTOMER),
    "customers.end_sessions": Line("customer_signed_out", CUSTOMER),
    "purchases.save_refund": Line(
        "refund_asked", PURCHASE, {"amount_minor": 1999, "currency": "USD"}
    ),
    "purchases.refund_echo": TYPED,
    "purchases.send_receipt": Line("receipt_sent", PURCHASE),
    "purchases.sync_now": Line("purchase_synced", PURCHASE),
    "purchases.finish": Line("task_done", PURCHASE),
    "purchases.close_payment": Line("payment_closed", ("payment", 1)),
    "purchases.note_case": Line("case_noted", CUSTOMER),
    "purchases.mark_case_done": Line("case_done", CUSTOMER),
    "purchases.reopen_case": Line("case_reopened", CUSTOMER),
    "publishing.share": Line("preview_shared", ("preview_link", 2)),
    "publishing.revoke": Line("preview_revoked", ("preview_link", 1)),
    "packages.apply": RELEASE,
    "publishing.apply_review": RELEASE,
    "publishing.go_back": DRAFTS,
    "publishing.discard_changes": DRAFTS,
    "publishing.discard_in_review": DRAFTS,
    "publishing.restore": DRAFTS,
    "publishing.undo": DRAFTS,
    "publishing.look_again": TYPED,
    "packages.save_new": DRAFTS,
    "packages.save_edit": DRAFTS,
    "packages.move": DRAFTS,
    "packages.remove": DRAFTS,
    "packages.keep": DRAFTS,
    "packages.save_bulk": DRAFTS,
    "packages.save_copy": DRAFTS,
    "packages.save_prices": DRAFTS,
    "packages.bulk": TYPED,
    "packages.copy": TYPED,
    "packages.echo": TYPED,
    "packages.echo_prices": TYPED,
    "packages.total_prices": TYPED,
    "packages.preview_bulk": TYPED,
    "packages.preview_copy": TYPED,
    "packages.note_open": PRESENCE,
    "packages.note_closed": PRESENCE,
    "imports.save": DRAFTS,
    "imports.check": LOOKED_AT,
    "imports.read_again": LOOKED_AT,
    "imports.turn": TYPED,
}
LINES = {endpoint: line for endpoint, line in LEAVES.items() if isinstance(line, Line)}
# Files of what customers are called: their address, and what a GET of it leaves.
EXPORTS = {
    "customers.export": ("/customers/customers.csv", Line("customers_exported")),
    "customers.statement_csv": (
        "/customers/1/statement.csv",
        Line("statement_exported", CUSTOMER),
    ),
    "purchases.export": ("/purchases/purchases.csv", Line("purchases_exported")),
}


def lines(session: Session) -> Sequence[Activity]:
    session.rollback()
    return session.scalars(select(Activity).order_by(Activity.id)).all()


def kinds(session: Session) -> list[str]:
    return [line.kind for line in lines(session)]


def assert_left(session: Session, answer: TestResponse, expected: Line) -> None:
    """One line, by Ana, of the request that was answered."""
    (line,) = lines(session)
    about = expected.about or (None, None)
    assert (line.kind, line.details) == (expected.kind, expected.details)
    assert (line.object_type, line.object_id) == about
    assert (line.author, line.request_id) == (ADMIN, answer.headers["X-Request-Id"])
    assert session.get(RequestAddress, line.request_id)
