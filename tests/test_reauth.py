"""Acts that ask for the admin's password again: how, on the page of the limits for giving credits,
and which."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from domain.accounts import hashing
from domain.accounts.models import FailedSignIn, FailedSignInHour, SecondFactor, SignInSession
from domain.accounts.second_factor import count_recovery_codes
from domain.accounts.sessions import CONFIRMED
from domain.accounts.sign_in_limits import PASSWORDS
from domain.customers.limits import USUAL, Limits, read_limits
from domain.database import utc_now, writing
from domain.embedding.sites import add_site
from tests.conftest import ADMIN, PASSWORD
from tests.html import find, find_all, text_of, texts, values
from tests.page_helpers import field, form_token, main_part, post
from tests.second_factor import set_up_app
from tests.test_write_paths import WRITES, all_rows

PAGE = "/settings/customers"
TYPED = {"at_once": "10", "a_day": "20", "version": USUAL.version}
WANTED = Limits(10, 20)
SECOND = timedelta(seconds=1)

# What opens a door, gives something away or stops the sale. Setting up a second factor asks too:
# tests/test_second_factor_page.py.
ASKED = (
    *("settings.add_platform", "settings.change_platform", "settings.remove_platform"),
    *("settings.make_key", "settings.revoke_key", "settings.add_site", "settings.remove_site"),
    *("settings.save_company", "settings.pause_buying", "settings.resume_buying"),
    *("settings.save_limits", "customers.save_giving", "customers.save_contact"),
    *("purchases.save_refund", "customers.forgive"),
    *("auth.turn_off_second_factor", "auth.renew_recovery_codes"),
    *("team.invite", "team.renew", "team.revoke", "team.change_role", "team.disable"),
    *("team.enable", "team.remove", "team.make_password_link", "team.reset_second_factor"),
    *("team.require_second_factor", "team.make_second_factor_optional"),
)
NOT_ASKED = {
    "auth.start_session": "asks always",
    "auth.change_password": "asks always",
    "auth.logout": "opens nothing",
    "auth.save_account": "a name among colleagues",
    "auth.save_notices": "mails to the admin",
    "auth.save_language": "how the admin reads pages",
    **dict.fromkeys(("auth.end_sign_in", "auth.end_sign_ins"), "closes a door"),
    "auth.forget_browsers": "closes a door",
    "settings.save": "drafts, and Apply Changes can be taken back",
    "settings.choose_theme": "colours",
    "settings.send_test": "a mail that says that it is a test",
    "settings.send_again": "a mail to who was to get it",
    "customers.save_new": "gives nothing yet",
    "customers.invite": "a mail to the customer",
    "customers.make_payment_link": "a link by which the customer is given money",
    "customers.revoke_payment_link": "closes a door",
    "customers.add_note": "seen by colleagues only",
    "customers.add_tag": "seen by colleagues only",
    "customers.remove_tag": "seen by colleagues only",
    "customers.end_session": "closes a door",
    "customers.end_sessions": "closes a door",
    "purchases.send_receipt": "a mail to who has paid",
    "purchases.close_payment": "a note beside what somebody did",
    "purchases.finish": "a note beside what somebody did",
    **dict.fromkeys(("purchases.note_case", "purchases.mark_case_done"), "seen by colleagues only"),
    "purchases.reopen_case": "seen by colleagues only",
}


@pytest.fixture
def unconfirmed(signed_in: FlaskClient, session: Session) -> FlaskClient:
    """A browser whose admin typed the password ten minutes ago."""
    confirm(session, CONFIRMED)
    return signed_in


def confirm(session: Session, ago: timedelta | None) -> None:
    """Sets when the password was typed; None for a sign-in from before that was kept."""
    with writing(session):
        now = session.scalars(select(utc_now())).one()
        at = None if ago is None else now - ago
        session.execute(update(SignInSession).values(confirmed_at=at))


def limits(session: Session) -> Limits:
    session.rollback()
    return read_limits(session)


def failures(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count(FailedSignIn.id))) or 0


def asks(html: str) -> bool:
    return bool(find_all(html, "[name=password]"))


def test_right_after_the_sign_in_nothing_is_asked(signed_in: FlaskClient, session: Session) -> None:
    assert not asks(signed_in.get(PAGE).text)
    assert post(signed_in, PAGE, TYPED).status_code == 303
    assert limits(session) == WANTED


@pytest.mark.parametrize("ago", [CONFIRMED - 10 * SECOND, CONFIRMED, -2 * CONFIRMED, None])
def test_the_password_is_good_for_ten_minutes(
    signed_in: FlaskClient, session: Session, ago: timedelta | None
) -> None:
    """Caught: a clock that was set back, and a session of before, counted as confirmed for good."""
    confirm(session, ago)
    is_fresh = ago is not None and ago < CONFIRMED and ago > timedelta(0)
    assert asks(signed_in.get(PAGE).text) is not is_fresh
    assert post(signed_in, PAGE, TYPED).status_code == (303 if is_fresh else 422)
    assert limits(session) == (WANTED if is_fresh else USUAL)


@pytest.mark.on_both
@pytest.mark.parametrize("htmx", [True, False])
def test_one_press_with_the_password_does_it_and_confirms(
    unconfirmed: FlaskClient, session: Session, htmx: bool
) -> None:
    answer = post(unconfirmed, PAGE, TYPED | {"password": PASSWORD}, htmx=htmx)
    assert answer.status_code == (200 if htmx else 303)
    assert (limits(session), failures(session)) == (WANTED, 0)
    assert not asks(unconfirmed.get(PAGE).text)


@pytest.mark.parametrize(
    ("password", "sentence"),
    [("", "Enter your password to go on."), ("not <it>", "Wrong password.")],
)
def test_what_was_typed_stays_and_the_password_does_not(
    unconfirmed: FlaskClient, session: Session, password: str, sentence: str
) -> None:
    """Caught: no question at all where the field is left out; the password in the page again."""
    answer = post(unconfirmed, PAGE, TYPED | {"password": password})
    assert answer.status_code == 422
    assert texts(answer.text, "#limits-password-error") == [sentence]
    assert (field(answer.text, "at_once"), field(answer.text, "a_day")) == ("10", "20")
    assert "value" not in find(answer.text, "[name=password]").attributes
    assert "not &lt;it&gt;" not in answer.text
    assert values(answer.text, "[name=password]", "autocomplete") == ["current-password"]
    assert limits(session) == USUAL
    assert failures(session) == (1 if password else 0)
    assert asks(unconfirmed.get(PAGE).text)


def test_the_right_password_counts_though_something_else_is_wrong(
    unconfirmed: FlaskClient, session: Session
) -> None:
    answer = post(unconfirmed, PAGE, TYPED | {"at_once": "30", "password": PASSWORD})
    assert answer.status_code == 422
    assert texts(answer.text, ".problems li") == ["Credits a day"]
    assert not asks(answer.text)
    assert limits(session) == USUAL


@pytest.mark.on_both
def test_guesses_are_counted_as_those_of_a_sign_in(
    unconfirmed: FlaskClient, session: Session
) -> None:
    """Caught: a password hashed without a count, so that a borrowed browser can guess for ever."""
    for _ in range(PASSWORDS.by_all_others.free):
        assert post(unconfirmed, PAGE, TYPED | {"password": "wrong"}).status_code == 422
    answer = post(unconfirmed, PAGE, TYPED | {"password": PASSWORD})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert texts(answer.text, "#limits-password-error")[0].startswith("Too many tries.")
    assert field(answer.text, "at_once") == "10"
    assert limits(session) == USUAL


def test_a_busy_process_says_so_and_keeps_what_was_typed(
    unconfirmed: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is signed in has the slots of known browsers, whatever strangers do.

    Caught: those of strangers; while many sign in, no admin could confirm anything.
    """
    monkeypatch.setattr(hashing, "WAIT_SECONDS", 0)
    with hashing.KNOWN_SLOTS.take():
        answer = post(unconfirmed, PAGE, TYPED | {"password": PASSWORD})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert field(answer.text, "a_day") == "20"
    assert (limits(session), failures(session)) == (USUAL, 0)
    with hashing.STRANGERS_SLOTS.take():
        assert post(unconfirmed, PAGE, TYPED | {"password": PASSWORD}).status_code == 303
    assert limits(session) == WANTED


def test_a_password_is_no_part_of_what_is_offered_again(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: the password in a hidden field of the page of who is signed out."""
    token = form_token(signed_in)
    with writing(session):
        session.query(SignInSession).delete()
    fields = TYPED | {"password": PASSWORD, "csrf_token": token}
    answer = signed_in.post(PAGE, data=fields, headers={"Origin": "http://localhost"})
    assert answer.status_code == 401
    assert field(answer.text, "a_day") == "20"
    assert PASSWORD not in answer.text


def rows_of_acts(session: Session) -> list[object]:
    """All that there is but tries, used codes and sign-ins, which a proof changes by itself."""
    tries = (FailedSignIn, FailedSignInHour)
    apart = {model.__tablename__ for model in (*tries, SecondFactor, SignInSession)}
    return [rows for table, rows in all_rows(session).items() if table not in apart]


@pytest.mark.parametrize("endpoint", ASKED)
def test_these_acts_ask_for_the_password_or_a_code(
    unconfirmed: FlaskClient, session: Session, endpoint: str
) -> None:
    """Caught: each of these with a plain Form, or with no form at all."""
    path, make_fields = WRITES[endpoint]
    with writing(session):
        add_site(session, "https://one.example", author=ADMIN)
    fields = make_fields(session)
    app = set_up_app(session, ADMIN)
    before = rows_of_acts(session)
    for typed, sentence in (
        ("", "Enter your password or a code to go on."),
        ("no", "Wrong password or code."),
        (app.recovery_codes[0], "Wrong password or code."),
        (app.code(-20), "This code is wrong, or was used before."),
    ):
        answer = post(unconfirmed, path, fields | {"password": typed})
        assert answer.status_code == 422
        assert any(error.startswith(sentence) for error in texts(answer.text, ".field-error"))
        assert text_of(find(answer.text, "title")).startswith("Error: ")
        assert len(find_all(answer.text, "main [autofocus]")) == 1
        assert rows_of_acts(session) == before
    assert post(unconfirmed, path, fields | {"password": app.code()}).status_code in (200, 303)
    assert rows_of_acts(session) != before


@pytest.mark.on_both
def test_a_code_confirms_once(unconfirmed: FlaskClient, session: Session) -> None:
    """Caught: a step that is not used up; codes that are not counted, or count as passwords."""
    app = set_up_app(session, ADMIN)
    label = texts(unconfirmed.get(PAGE).text, "label[for=limits-password]")
    assert label == ["Your password or a code from your app"]
    code = app.code()
    typed = TYPED | {"password": f"{code[:3]} {code[3:]}"}
    assert post(unconfirmed, PAGE, typed).status_code == 303
    assert (limits(session), failures(session)) == (WANTED, 0)
    assert not asks(unconfirmed.get(PAGE).text)
    confirm(session, CONFIRMED)
    answer = post(unconfirmed, PAGE, TYPED | {"a_day": "30", "password": code})
    assert (answer.status_code, limits(session)) == (422, WANTED)
    assert session.scalars(select(FailedSignIn.factor)).all() == ["code"]
    assert count_recovery_codes(session, 1) == len(app.recovery_codes)


def test_without_a_second_factor_six_digits_are_a_password(
    unconfirmed: FlaskClient, session: Session
) -> None:
    answer = post(unconfirmed, PAGE, TYPED | {"password": "123456"})
    assert texts(answer.text, "#limits-password-error") == ["Wrong password."]
    assert session.scalars(select(FailedSignIn.factor)).all() == ["password"]


def test_every_act_of_admins_asks_or_needs_no_password() -> None:
    """Caught: a new address that writes, about which nobody decided."""
    of_areas = ("auth.", "team.", "settings.", "customers.", "purchases.")
    of_admins = {endpoint for endpoint in WRITES if endpoint.startswith(of_areas)}
    assert of_admins == {*ASKED, *NOT_ASKED}


@pytest.mark.parametrize("path", ["/settings/sites", "/settings/sites/1/remove"])
def test_the_list_of_sites_asks_in_place(
    unconfirmed: FlaskClient, session: Session, path: str
) -> None:
    """Caught: a refusal that htmx does not show, so that a press seems to do nothing; the question
    once more beside the answer."""
    with writing(session):
        add_site(session, "https://one.example", author=ADMIN)
    sent = {"origin": "https://two.example"}
    answer = post(unconfirmed, path, sent | {"password": "no"}, htmx=True)
    assert answer.status_code == 422
    form = find(main_part(answer), f"form[action='{path}']")
    assert form.attributes["hx-status:422"] == form.attributes["hx-status:429"] == "swap:outerHTML"
    assert texts(form.html or "", ".field-error") == ["Wrong password."]
    if not path.endswith("remove"):
        assert field(answer.text, "origin") == "https://two.example"
    answer = post(unconfirmed, path, sent | {"password": PASSWORD}, htmx=True)
    assert answer.status_code == 200
    assert not asks(answer.text)
