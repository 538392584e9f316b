"""The pages of the admin's own second factor."""

import time
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from pyotp import TOTP
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from blueprints.auth.authenticator import KEPT_SECONDS, SALT
from domain.accounts.errors import WrongCode
from domain.accounts.models import RecoveryCode, RememberedBrowser, SecondFactor
from domain.accounts.recovery_codes import as_typed, use
from domain.accounts.remembered_browsers import remember_browser
from domain.accounts.second_factor import new_salt, secret_of
from domain.accounts.sessions import CONFIRMED
from domain.database import utc_now, writing
from tests.conftest import ADMIN, PASSWORD
from tests.html import find, find_all, text_of, texts, values
from tests.page_helpers import field, post
from tests.second_factor import KEY, STEP, set_up_app
from tests.test_reauth import confirm

ACCOUNT = "/settings/account"
PAGE = f"{ACCOUNT}/second-factor"
SET_UP = f"{PAGE}/on"
RENEW = f"{PAGE}/recovery-codes"
ADMIN_ID = 1


def salt_of(session: Session) -> str | None:
    session.rollback()
    return session.scalar(select(SecondFactor.salt))


def rows(session: Session, table: type[RecoveryCode] | type[RememberedBrowser]) -> int:
    session.rollback()
    return session.scalar(select(func.count(table.id))) or 0


def key_on(page: str) -> str:
    """What the page says to type into the app, as the app reads it."""
    return text_of(find(page, "#factor-key")).replace(" ", "")


def code_of(key: str, steps: int = 0) -> str:
    return TOTP(key).at(datetime.now(UTC) + steps * STEP)


def codes_on(answer: TestResponse) -> list[str]:
    return text_of(find(answer.text, "#recovery-codes")).split()


def works(session: Session, code: str) -> bool:
    """Whether this is a recovery code; it is used up by the question."""
    try:
        with writing(session):
            use(session, ADMIN_ID, as_typed(code))
    except WrongCode:
        return False
    return True


@pytest.mark.on_both
def test_a_code_of_the_app_turns_it_on_and_shows_recovery_codes_once(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: another secret after a reload; a form that was sent twice with other codes for it."""
    off = signed_in.get(ACCOUNT).text
    assert texts(off, f"a[href='{PAGE}'] .muted")[0].startswith("Off. We recommend one")
    assert values(signed_in.get(PAGE).text, "main .primary", "href") == [SET_UP]
    page = signed_in.get(SET_UP)
    key = key_on(page.text)
    assert page.headers["Cache-Control"] == "no-store"
    assert key_on(signed_in.get(SET_UP).text) == key
    wrong = post(signed_in, SET_UP, {"code": code_of(key, 20)})
    assert (wrong.status_code, key_on(wrong.text)) == (422, key)
    assert texts(wrong.text, "#factor-code-error")[0].startswith("The app shows another code")
    assert salt_of(session) is None
    shown = post(signed_in, SET_UP, {"code": f" {code_of(key)[:3]} {code_of(key)[3:]}"})
    assert (shown.status_code, shown.headers["Cache-Control"]) == (200, "no-store")
    assert len(set(codes_on(shown))) == rows(session, RecoveryCode) == 10
    for salt in (None, salt_of(session)):  # of a browser that took the first answer, or did not
        with signed_in.session_transaction() as cookie:
            cookie[SALT] = salt and (salt, int(time.time()))
        again = post(signed_in, SET_UP, {"code": code_of(key, 1)})
        assert (again.status_code, again.location) == (303, PAGE)
    state = signed_in.get(PAGE).text
    assert "If you did not keep the codes, make new ones." in state
    assert "10 of 10 left." in text_of(find(state, "main .panel"))
    assert texts(signed_in.get(ACCOUNT).text, f"a[href='{PAGE}'] .muted") == [
        "On, 10 recovery codes left"
    ]
    assert all(works(session, code) for code in codes_on(shown))


def test_the_app_gets_the_key_by_the_picture_or_the_link(signed_in: FlaskClient) -> None:
    page = signed_in.get(SET_UP).text
    uri = urlsplit(values(page, "a[href^=otpauth]", "href")[0])
    assert (uri.scheme, uri.netloc, uri.path) == (
        *("otpauth", "totp"),
        "/Scrip%20localhost:ana%40example.com",
    )
    assert parse_qs(uri.query) == {"secret": [key_on(page)], "issuer": ["Scrip localhost"]}
    picture = find(page, "[role=img]")
    assert picture.attributes["aria-label"] == "QR code of the key below"
    assert values(picture.html or "", "path", "fill")[0] == "#fff"
    assert find_all(page, "[style], style") == []
    assert values(page, "#factor-code", "autocomplete") == ["one-time-code"]


def test_the_secret_is_of_scrips_choice(signed_in: FlaskClient, session: Session) -> None:
    """Caught: the salt in a field of the form, so that a page of others can choose the secret."""
    salt = new_salt()
    code = code_of(secret_of(salt, ADMIN_ID, KEY))
    for fields in ({"code": code, "salt": salt}, {"code": code, SALT: salt}):
        answer = post(signed_in, SET_UP, fields)
        assert (answer.status_code, answer.location) == (303, SET_UP)
    assert "Not turned on: the page was too old." in signed_in.get(SET_UP).text
    assert salt_of(session) is None


def test_an_old_page_shows_no_secret_again(signed_in: FlaskClient) -> None:
    """Caught: a secret kept for as long as the sign-in, which somebody may have seen before."""
    key = key_on(signed_in.get(SET_UP).text)
    with signed_in.session_transaction() as cookie:
        salt, made_at = cookie[SALT]
        cookie[SALT] = (salt, made_at - KEPT_SECONDS)
    assert key_on(signed_in.get(SET_UP).text) != key


def test_setting_up_asks_for_the_password(signed_in: FlaskClient, session: Session) -> None:
    """Caught: a plain Form, by which a borrowed browser gets an app of its own."""
    key = key_on(signed_in.get(SET_UP).text)
    confirm(session, CONFIRMED)
    for password in ("", "no", code_of(key)):
        typed = {"code": code_of(key), "password": password}
        answer = post(signed_in, SET_UP, typed)
        assert (answer.status_code, field(answer.text, "code")) == (422, typed["code"])
        assert salt_of(session) is None
    typed = {"code": code_of(key), "password": PASSWORD}
    assert post(signed_in, SET_UP, typed).status_code == 200
    assert salt_of(session)


@pytest.mark.on_both
def test_another_app_takes_the_place_of_the_first(signed_in: FlaskClient, session: Session) -> None:
    """Caught: recovery codes and remembered browsers of the app that was lost."""
    former = set_up_app(session, ADMIN)
    with writing(session):
        remember_browser(session, ADMIN_ID)
    confirm(session, CONFIRMED)
    page = signed_in.get(SET_UP).text
    assert key_on(page) != former.secret
    label = texts(page, "label[for=factor-password]")
    assert label == ["Your password or a code from your present app"]
    typed = {"code": code_of(key_on(page)), "password": code_of(key_on(page))}
    assert post(signed_in, SET_UP, typed).status_code == 422
    shown = post(signed_in, SET_UP, typed | {"password": former.code()})
    assert shown.status_code == 200
    assert secret_of(salt_of(session) or "", ADMIN_ID, KEY) == key_on(page)
    assert rows(session, RememberedBrowser) == 0
    assert not works(session, former.recovery_codes[0])
    assert works(session, codes_on(shown)[0])


def test_turned_off_nothing_of_it_is_left(signed_in: FlaskClient, session: Session) -> None:
    set_up_app(session, ADMIN)
    with writing(session):
        remember_browser(session, ADMIN_ID)
    assert "From now on your password alone signs you in." in signed_in.get(f"{PAGE}/off").text
    answer = post(signed_in, f"{PAGE}/off")
    assert (answer.status_code, answer.location) == (303, PAGE)
    assert texts(signed_in.get(PAGE).text, "main h2") == ["The second factor is off"]
    assert salt_of(session) is None
    assert rows(session, RecoveryCode) == rows(session, RememberedBrowser) == 0


def test_new_recovery_codes_take_the_place_of_all_others(
    signed_in: FlaskClient, session: Session
) -> None:
    assert post(signed_in, RENEW).location == PAGE
    assert rows(session, RecoveryCode) == 0
    former = set_up_app(session, ADMIN)
    assert "The 10 that are left stop working." in signed_in.get(RENEW).text
    shown = post(signed_in, RENEW)
    assert not any(works(session, code) for code in former.recovery_codes)
    assert all(works(session, code) for code in codes_on(shown))
    download = values(shown.text, "a[download]", "href")[0]
    assert download == "data:text/plain;charset=utf-8," + "".join(
        f"{code}%0A" for code in codes_on(shown)
    )


def test_few_codes_and_remembered_browsers_are_told(
    signed_in: FlaskClient, session: Session
) -> None:
    set_up_app(session, ADMIN)
    for used, sentence in (
        (6, None),
        (7, "Only 3 recovery codes are left. Make new ones before you need them."),
        (10, "No recovery code is left. Without one a lost phone locks you out."),
    ):
        with writing(session):
            some = select(RecoveryCode.id).order_by(RecoveryCode.id).limit(used)
            set_used = update(RecoveryCode).where(RecoveryCode.id.in_(some))
            session.execute(set_used.values(used_at=utc_now()))
        page = signed_in.get(PAGE).text
        assert texts(page, "main .message.warn p") == ([sentence] if sentence else [])
    assert find_all(page, "main form") == []
    with writing(session):
        remember_browser(session, ADMIN_ID)
    page = signed_in.get(PAGE).text
    assert "1 browser asks for no code, for 30 days at most." in page
    answer = post(signed_in, values(page, "main form", "action")[0])
    assert (answer.status_code, rows(session, RememberedBrowser)) == (303, 0)
    assert "1 browser is forgotten." in signed_in.get(PAGE).text
