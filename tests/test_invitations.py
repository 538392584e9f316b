"""Invitations to the team: made, sent again, revoked; and the page by which somebody joins."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from blueprints.mails import HIDDEN, render
from domain.accounts import hashing
from domain.accounts.invitations import LIFETIME, MOST_OPEN
from domain.accounts.models import Admin, SignInSession
from domain.accounts.roles import ROLES, Role
from domain.accounts.team_models import Invitation
from domain.database import writing
from domain.languages import ADMINS_LANGUAGES
from domain.outbox.models import OutboxMessage
from tests.conftest import ADMIN, make_admin, only_sqlite, sign_in, signed_in_client
from tests.html import find_all, texts, values
from tests.page_helpers import LIST, field, post
from tests.second_factor import set_up_app
from tests.team import (
    BOB,
    CEM,
    NEW_PASSWORD,
    TEAM,
    TYPED_JOIN,
    add_member,
    invited,
    new_invitation,
    send,
)
from tests.test_team_page import activity, change_role, do

RENEW, REVOKE = f"{TEAM}/invitations/1/renew", f"{TEAM}/invitations/1/revoke"
OVER = "This link does not work any more"


@pytest.fixture
def link(session: Session, signed_in: FlaskClient) -> str:  # noqa: ARG001 - Ana invites
    """Of an invitation of Cem as editor, by Ana."""
    return new_invitation(session)


def opened(session: Session, invitation_id: int = 1) -> str:
    """What a form about the invitation holds that is opened now."""
    session.rollback()
    at = session.scalars(select(Invitation.created_at).where(Invitation.id == invitation_id)).one()
    session.rollback()
    return at.isoformat()


def shown_link(client: FlaskClient, path: str = TEAM) -> list[str]:
    """The path of the link that the page shows, if it does."""
    found = values(client.get(path).text, "#new-link", "value")
    return [one.removeprefix("http://localhost") for one in found]


def admins(session: Session) -> list[tuple[int, str, str, str]]:
    session.rollback()
    rows = session.scalars(select(Admin).order_by(Admin.id))
    return [(row.id, row.email, row.display_name, row.role) for row in rows]


def set_age(session: Session, age: timedelta) -> None:
    """Sets when all links were made: that long ago."""
    with writing(session):
        for row in session.scalars(select(Invitation)):
            row.created_at, row.expires_at = row.created_at - age, row.expires_at - age


@pytest.mark.on_both
@pytest.mark.parametrize("role", ROLES)
def test_from_the_invitation_to_the_first_page(
    app: Flask, signed_in: FlaskClient, session: Session, role: str
) -> None:
    """Caught: the token kept as it is; the link shown twice; a role other than the one that was
    chosen; `invitation_accepted` left out."""
    answer = post(signed_in, TEAM, {"email": " CEM@example.com ", "role": role})
    assert answer.status_code == 303
    (path,) = shown_link(signed_in)
    assert shown_link(signed_in) == []
    assert invited(session) == [(CEM, role, False)]
    token = path.removeprefix("/invitation/")
    session.rollback()
    assert token not in str(session.execute(select(Invitation.__table__)).all())
    theirs = app.test_client()
    for _ in range(3):
        page = theirs.get(path)
        assert page.status_code == 200
        assert values(page.text, "#link-email", "value") == [CEM]
        assert "Ana" in page.text
    answer = send(theirs, path, TYPED_JOIN)
    assert (answer.status_code, answer.location) == (303, LIST)
    assert admins(session)[1:] == [(2, CEM, "Cem Deniz", role)]
    assert "Welcome. You are signed in." in theirs.get(LIST).text
    assert invited(session) == []
    assert activity(session) == [
        ("admin_invited", ADMIN, 1, {"email": CEM, "role": role}),
        ("invitation_accepted", CEM, 2, {"role": role}),
        ("signed_in", CEM, 2, {}),
    ]
    assert sign_in(app.test_client(), CEM, NEW_PASSWORD).status_code == 303


@pytest.mark.on_both
def test_an_invitation_lets_in_once(app: Flask, session: Session, link: str) -> None:
    """Caught: `accepted_at` left out; then another browser takes the account over."""
    assert send(app.test_client(), link, TYPED_JOIN).status_code == 303
    other = app.test_client()
    before = admins(session)
    for answer in (other.get(link), send(other, link, TYPED_JOIN | {"display_name": "Eve"})):
        assert (answer.status_code, texts(answer.text, "h1")) == (410, [OVER])
    assert admins(session) == before


def end_by_revoking(client: FlaskClient, session: Session) -> None:
    assert post(client, REVOKE, {"seen": opened(session)}).status_code == 303


def end_by_renewing(client: FlaskClient, session: Session) -> None:
    assert post(client, RENEW, {"seen": opened(session)}).status_code == 303


def end_by_age(_client: FlaskClient, session: Session) -> None:
    set_age(session, LIFETIME)


def end_by_a_clock_set_back(_client: FlaskClient, session: Session) -> None:
    set_age(session, -LIFETIME - timedelta(minutes=1))


def end_by_a_command(client: FlaskClient, session: Session) -> None:
    """The same email becomes an admin on the server."""
    assert client
    make_admin(session.get_bind(), CEM)  # type: ignore[arg-type]


ENDS = (end_by_revoking, end_by_renewing, end_by_age, end_by_a_clock_set_back, end_by_a_command)


@pytest.mark.on_both
@pytest.mark.parametrize("end", ENDS)
def test_a_link_that_has_ended_lets_nobody_in(
    app: Flask,
    signed_in: FlaskClient,
    session: Session,
    link: str,
    end: Callable[[FlaskClient, Session], None],
) -> None:
    """All of them, and those that never were, get the same page.

    Caught: `IS_OPEN`, `has_expired` left out of `find_by_token`; the `abs` of `_has_expired`; a
    token that stays in `renew`; `end_links_to` left out of `save_admin`.
    """
    end(signed_in, session)
    before = admins(session)
    theirs = app.test_client()
    pages = {theirs.get(path).text for path in (link, "/invitation/x", f"/invitation/{'A' * 43}")}
    assert len(pages) == 1
    for answer in (theirs.get(link), send(theirs, link, TYPED_JOIN)):
        assert (answer.status_code, texts(answer.text, "h1")) == (410, [OVER])
        assert "Ask for a new one." in answer.text
    assert admins(session) == before


@pytest.mark.on_both
@pytest.mark.parametrize("act", ["disable", "remove", "viewer"])
def test_an_invitation_ends_with_who_made_it(
    app: Flask, engine: Engine, signed_in: FlaskClient, session: Session, act: str
) -> None:
    """Caught: `end_links_made_by` that does nothing about invitations."""
    add_member(engine)
    path = new_invitation(session, by=2)
    renewed = new_invitation(session, "eve@example.com", by=2)
    fields = {"seen": opened(session, 2)}
    assert post(signed_in, f"{TEAM}/invitations/2/renew", fields).status_code == 303
    (by_ana,) = shown_link(signed_in)
    if act == "viewer":
        assert change_role(signed_in, session, 2, "viewer") == 303
    else:
        assert do(signed_in, session, act) == 303
    assert [one[0] for one in invited(session)] == ["eve@example.com"]
    theirs = app.test_client()
    assert theirs.get(path).status_code == theirs.get(renewed).status_code == 410
    assert theirs.get(by_ana).status_code == 200


@pytest.mark.on_both
def test_a_link_works_to_its_last_moment(app: Flask, session: Session, link: str) -> None:
    set_age(session, LIFETIME - timedelta(minutes=1))
    assert send(app.test_client(), link, TYPED_JOIN).status_code == 303


def test_one_that_was_renewed_works_another_72_hours(
    app: Flask, signed_in: FlaskClient, session: Session, link: str
) -> None:
    set_age(session, LIFETIME)
    assert texts(signed_in.get(TEAM).text, "#invitations .state") == ["Expired"]
    assert post(signed_in, RENEW, {"seen": opened(session)}).status_code == 303
    (again,) = shown_link(signed_in)
    assert again != link
    assert app.test_client().get(again).status_code == 200
    assert texts(signed_in.get(TEAM).text, "#invitations .state") == []
    assert activity(session) == [("invitation_renewed", ADMIN, 1, {"email": CEM, "role": "editor"})]


@pytest.mark.on_both
@pytest.mark.parametrize("path", [RENEW, REVOKE])
def test_of_an_invitation_that_was_renewed_meanwhile_nothing_is_done(
    signed_in: FlaskClient, session: Session, link: str, path: str
) -> None:
    """Caught: `_lock_open` that takes no notice of what was seen: a second press by mistake ended
    the link that the first one had shown."""
    assert link
    fields = {"seen": opened(session)}
    assert post(signed_in, RENEW, fields).status_code == 303
    before = opened(session)
    answer = post(signed_in, path, fields)
    assert answer.status_code == 409
    assert field(answer.text, "seen") == before == opened(session)
    assert invited(session) == [(CEM, "editor", False)]


@pytest.mark.parametrize("path", [RENEW, REVOKE])
def test_what_is_no_open_invitation_is_not_found(
    app: Flask, signed_in: FlaskClient, session: Session, link: str, path: str
) -> None:
    fields = {"seen": opened(session)}
    assert send(app.test_client(), link, TYPED_JOIN).status_code == 303
    for answer in (signed_in.get(path), post(signed_in, path, fields)):
        assert answer.status_code == 404
        assert "This invitation was accepted or revoked already." in answer.text
    assert signed_in.get(path.replace("/1/", "/7/")).status_code == 404


BAD_INPUT = [
    ({"email": "", "role": "editor"}, "email", "Enter the email."),
    ({"email": "cem", "role": "editor"}, "email", "Enter an email address, like"),
    ({"email": "cem@example.com\nBcc: x@x.de", "role": "editor"}, "email", ""),
    ({"email": f"{'a' * 250}@b.de", "role": "editor"}, "email", ""),
    ({"email": "<script>@b.de", "role": "editor"}, "email", ""),
    ({"email": CEM}, "role", "Choose a role."),
    ({"email": CEM, "role": "root"}, "role", "Choose a role."),
    ({"email": CEM, "role": "Owner"}, "role", "Choose a role."),
]


@pytest.mark.parametrize(("typed", "name", "sentence"), BAD_INPUT)
def test_what_is_unfit_is_told_and_kept(
    signed_in: FlaskClient, session: Session, typed: dict[str, str], name: str, sentence: str
) -> None:
    answer = post(signed_in, TEAM, typed)
    assert answer.status_code == 422
    assert texts(answer.text, f"#invite-{name}-error")[0].startswith(sentence)
    assert "<title>Error: " in answer.text
    assert (invited(session), activity(session)) == ([], [])
    assert session.scalar(select(func.count(OutboxMessage.id))) == 0


def test_who_is_there_or_invited_is_not_invited_again(
    engine: Engine, signed_in: FlaskClient, session: Session
) -> None:
    """Caught: `invite` without its look at admins: a link to the account of a colleague."""
    add_member(engine)
    add_member(engine, "eve@example.com")
    assert do(signed_in, session, "disable", 3) == 303
    new_invitation(session)
    before = activity(session)
    for email, sentence in (
        (BOB, "This email is in the team already. Change its role in the list."),
        ("eve@example.com", "This email is in the team already, and disabled."),
        (ADMIN, "This email is in the team already."),
        (CEM, "This email is invited already."),
    ):
        answer = post(signed_in, TEAM, {"email": email.upper(), "role": "owner"})
        assert answer.status_code == 409
        assert texts(answer.text, "#invite-email-error")[0].startswith(sentence)
        assert values(answer.text, "[name=role][checked]", "value") == ["owner"]
    assert invited(session) == [(CEM, "editor", False)]
    assert activity(session) == before


def test_who_let_an_invitation_expire_is_invited_anew(
    signed_in: FlaskClient, session: Session, link: str
) -> None:
    assert link
    set_age(session, LIFETIME)
    assert post(signed_in, TEAM, {"email": CEM, "role": "support"}).status_code == 303
    assert invited(session) == [(CEM, "support", False)]


def test_so_many_are_open_and_no_more(signed_in: FlaskClient, session: Session) -> None:
    """Caught: no limit; Scrip's mail sent to whole lists of addresses."""
    for n in range(MOST_OPEN):
        new_invitation(session, f"a{n}@example.com")
    answer = post(signed_in, TEAM, {"email": CEM, "role": "viewer"})
    assert answer.status_code == 409
    assert "Nobody was invited: 50 invitations are open. Revoke some first." in answer.text
    assert values(answer.text, "#invite-email", "value") == [CEM]
    assert len(invited(session)) == MOST_OPEN
    assert post(signed_in, REVOKE, {"seen": opened(session)}).status_code == 303
    assert post(signed_in, TEAM, {"email": CEM, "role": "viewer"}).status_code == 303


@pytest.mark.on_both
def test_who_was_removed_comes_back_as_the_same_admin(
    app: Flask, engine: Engine, signed_in: FlaskClient, session: Session
) -> None:
    """Caught: a second row, which the email forbids; the former app still asked for."""
    add_member(engine)
    set_up_app(session, BOB)
    assert do(signed_in, session, "remove") == 303
    path = new_invitation(session, BOB, Role.SUPPORT)
    theirs = app.test_client()
    assert send(theirs, path, TYPED_JOIN | {"display_name": "Bob B."}).status_code == 303
    assert admins(session)[1:] == [(2, BOB, "Bob B.", "support")]
    assert theirs.get("/customers/").status_code == 200
    assert sign_in(app.test_client(), BOB, NEW_PASSWORD).location == LIST


@pytest.mark.parametrize(
    ("typed", "name", "sentence"),
    [
        ({"display_name": ""}, "display_name", "Enter your name"),
        ({"display_name": "cem@example.com"}, "display_name", "Enter your name without an @"),
        ({"display_name": "N" * 81}, "display_name", "The name is too long."),
        ({"new_password": "", "new_password_again": ""}, "new_password", "Enter a new password."),
        ({"new_password": "short"}, "new_password", "The password is too short."),
        ({"new_password": "password password"}, "new_password", "The password is easy to guess."),
        (
            {"display_name": "Zeynep Yildiz", "new_password": "zeynepyildiz2024!"},
            "new_password",
            "The password is easy to guess.",
        ),
        ({"new_password_again": "another"}, "new_password_again", "The two new passwords differ."),
    ],
)
def test_what_cannot_be_is_told_and_no_password_comes_back(
    app: Flask, session: Session, link: str, typed: dict[str, str], name: str, sentence: str
) -> None:
    """Caught: `known` without the name that was typed."""
    theirs = app.test_client()
    answer = send(theirs, link, TYPED_JOIN | typed)
    assert answer.status_code == 422
    assert texts(answer.text, f"#link-{name}-error")[0].startswith(sentence)
    assert find_all(answer.text, "[type=password][value]") == []
    assert len(admins(session)) == 1
    assert send(theirs, link, TYPED_JOIN).status_code == 303


@pytest.mark.parametrize("field", ["role", "email", "admin_id", "next"])
def test_what_else_is_sent_changes_nothing(
    app: Flask, session: Session, link: str, field: str
) -> None:
    forged = {"role": "owner", "email": BOB, "admin_id": "1", "next": "https://evil.example"}
    answer = send(app.test_client(), link, TYPED_JOIN | {field: forged[field]})
    assert answer.location == LIST
    assert admins(session)[1:] == [(2, CEM, "Cem Deniz", "editor")]


@pytest.mark.on_both
def test_it_takes_the_place_of_who_is_signed_in(
    app: Flask, engine: Engine, session: Session, link: str
) -> None:
    """Caught: `end_former_session` left out: Ana's sign-in lived on where nobody saw it."""
    shared = signed_in_client(app, engine, ADMIN)
    assert "In this browser Ana is signed in." in " ".join(texts(shared.get(link).text, ".message"))
    assert "is signed in" not in app.test_client().get(link).text
    session.rollback()
    before = session.scalar(select(func.count(SignInSession.id)))
    assert send(shared, link, TYPED_JOIN).status_code == 303
    session.rollback()
    assert session.scalar(select(func.count(SignInSession.id))) == before
    assert "Cem Deniz" in shared.get("/settings/account").text


def test_a_form_of_another_site_joins_nobody(app: Flask, session: Session, link: str) -> None:
    """Caught: `csrf.exempt` with nothing in its place: whoever was invited could sign somebody
    else's browser in as themselves."""
    theirs = app.test_client()
    for token in ({}, {"csrf_token": "x"}):
        answer = theirs.post(link, data={**TYPED_JOIN, **token})
        assert (answer.status_code, texts(answer.text, "h1")) == (400, ["This page has expired"])
    assert len(admins(session)) == 1
    assert send(theirs, link, TYPED_JOIN).status_code == 303


def test_a_busy_process_says_so_and_uses_nothing_up(
    app: Flask, session: Session, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: TooBusy as a 500."""
    monkeypatch.setattr(hashing, "WAIT_SECONDS", 0)
    theirs = app.test_client()
    with hashing.KNOWN_SLOTS.take():
        answer = send(theirs, link, TYPED_JOIN)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert field(answer.text, "display_name") == "Cem Deniz"
    assert len(admins(session)) == 1
    assert send(theirs, link, TYPED_JOIN).status_code == 303


@pytest.mark.own_app
def test_over_https_the_form_needs_no_referrer(app: Flask, session: Session, link: str) -> None:
    """Caught: Flask-WTF's own check, which asks for what `no-referrer` forbids."""
    app.config["SESSION_COOKIE_SECURE"] = True
    theirs = app.test_client()
    page = theirs.get(link, base_url="https://localhost")
    (token,) = values(page.text, "[name=csrf_token]", "value")
    data = {"csrf_token": token, **TYPED_JOIN}
    assert theirs.post(link, data=data, base_url="https://localhost").status_code == 303
    assert len(admins(session)) == 2


def test_the_key_is_in_no_log_and_no_address_of_another_page(
    app: Flask, signed_in: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    """Caught: the languages of the sign-in page, which carry `next` along."""
    caplog.set_level("INFO")
    post(signed_in, TEAM, {"email": CEM, "role": "viewer"})
    (path,) = shown_link(signed_in)
    token = path.removeprefix("/invitation/")
    theirs = app.test_client()
    page = theirs.get(path)
    assert token not in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    send(theirs, path, TYPED_JOIN)
    theirs.get(path)
    assert "/invitation/…" in str([getattr(record, "path", "") for record in caplog.records])
    assert token not in caplog.text + str([vars(record) for record in caplog.records])


@pytest.mark.on_both
def test_the_link_goes_by_mail_too(signed_in: FlaskClient, session: Session) -> None:
    """Caught: the token among what is kept of a mail."""
    answer = post(signed_in, TEAM, {"email": CEM, "role": "viewer"}, language="tr")
    assert answer.status_code == 303
    (path,) = shown_link(signed_in)
    session.rollback()
    (mail,) = session.scalars(select(OutboxMessage))
    assert (mail.recipient, mail.topic) == (CEM, "team_invitation")
    assert mail.secrets == {"token": path.removeprefix("/invitation/")}
    assert path.removeprefix("/invitation/") not in str(mail.data)
    assert (mail.data["language"], mail.data["inviter"]) == ("tr", "Ana")


@only_sqlite
@pytest.mark.parametrize("language", ADMINS_LANGUAGES)
def test_the_mail_leads_to_the_page(app: Flask, language: str) -> None:
    data = {"language": language, "origin": "https://scrip.example", "hours": 72}
    data |= {"inviter": "<Ana>", "role": "editor"}

    class Secrets:
        token = "secret"

    with app.app_context():
        said = render("team_invitation", CEM, data, Secrets())
        hidden = render("team_invitation", CEM, data)
    wanted = f"https://scrip.example/invitation/secret?lang={language}"
    assert values(said.html, "a", "href") == [wanted]
    assert "&lt;Ana&gt;" in said.html
    assert CEM in said.text
    assert "72" in said.text
    assert HIDDEN in values(hidden.html, "a", "href")[0]


def test_the_list_of_the_team_names_who_invited(
    engine: Engine, signed_in: FlaskClient, session: Session
) -> None:
    add_member(engine)
    new_invitation(session, by=2)
    new_invitation(session, "eve@example.com")
    hints = texts(signed_in.get(TEAM).text, "#invitations .hint")
    assert hints[0].startswith("Invited by you, today ")
    assert hints[1].startswith("Invited by Bob, today ")
    assert "Works until" in hints[0]


def test_nobody_but_owners_invites(
    app: Flask, engine: Engine, signed_in: FlaskClient, session: Session
) -> None:
    assert signed_in
    for n, role in enumerate(Role):
        add_member(engine, f"m{n}@example.com", role)
        client = signed_in_client(app, engine, f"m{n}@example.com")
        answer = post(client, TEAM, {"email": CEM, "role": "owner"})
        assert answer.status_code == (303 if role == Role.OWNER else 403)
    assert invited(session) == [(CEM, "owner", False)]
