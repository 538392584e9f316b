"""Settings, Team: the list, the page of an admin, and what owners do there."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from domain.accounts.admins import has_admin
from domain.accounts.models import Admin, RememberedBrowser, SecondFactor, SignInSession
from domain.accounts.remembered_browsers import remember_browser
from domain.accounts.roles import ROLES, Role
from domain.accounts.team_models import PasswordLink
from domain.activity.models import Activity
from domain.database import read_clock, writing
from domain.notices.choices import admins_who_chose
from domain.outbox.models import OutboxMessage
from tests.conftest import ADMIN, PASSWORD, make_admin, sign_in, signed_in_client
from tests.html import find, find_all, texts, values
from tests.page_helpers import HTMX, LIST, TYPED, field, order, partials, post
from tests.second_factor import set_up_app
from tests.team import (
    BOB,
    CEM,
    TEAM,
    add_member,
    invited,
    member_client,
    new_invitation,
    new_link,
    seen,
)

ONE, TWO = f"{TEAM}/1", f"{TEAM}/2"
ACTS = ("disable", "enable", "remove", "password-link", "second-factor")


@pytest.fixture
def bob(engine: Engine, signed_in: FlaskClient) -> int:  # noqa: ARG001 - Ana comes first
    """Another owner."""
    return add_member(engine)


def role_of(session: Session, admin_id: int) -> str | None:
    session.rollback()
    return session.scalar(select(Admin.role).where(Admin.id == admin_id))


def activity(session: Session) -> list[tuple[str, str, int | None, dict[str, object]]]:
    session.rollback()
    lines = session.scalars(select(Activity).order_by(Activity.id))
    return [(line.kind, line.author, line.object_id, line.details) for line in lines]


def count(session: Session, column: object) -> int:
    session.rollback()
    return session.scalar(select(func.count(column))) or 0  # type: ignore[arg-type]


def change_role(client: FlaskClient, session: Session, admin_id: int, role: str) -> int:
    typed = {"role": role, "seen": seen(session, admin_id)}
    return post(client, f"{TEAM}/{admin_id}", typed).status_code


def do(client: FlaskClient, session: Session, act: str, admin_id: int = 2) -> int:
    path = f"{TEAM}/{admin_id}/{act}"
    return post(client, path, {"seen": seen(session, admin_id)}).status_code


def test_settings_lead_owners_to_the_team(
    app: Flask, engine: Engine, signed_in: FlaskClient
) -> None:
    page = signed_in.get("/settings/").text
    assert texts(page, f"a.door[href='{TEAM}'] .door-title") == ["Team"]
    editor = member_client(app, engine, role=Role.EDITOR)
    assert find_all(editor.get("/settings/").text, f"a.door[href='{TEAM}']") == []
    assert editor.get(TEAM).status_code == 403


def test_the_list_says_who_may_what(
    app: Flask, engine: Engine, signed_in: FlaskClient, session: Session
) -> None:
    """Caught: `last_seen_at` left out of `open_session`; a role without its sentence."""
    set_up_app(session, ADMIN)
    add_member(engine, BOB, Role.VIEWER)
    page = signed_in.get(TEAM).text
    assert texts(page, ".group-head h2") == ["Owner 1", "Viewer 1"]
    assert texts(page, ".group-head p")[0].startswith("May do everything: also team")
    assert texts(page, ".member-who") == ["Ana (you) ana@example.com", "Bob bob@example.com"]
    facts = texts(page, ".member-facts")
    assert facts[0].startswith("Seen today ")
    assert facts[0].endswith("Second factor on")
    assert facts[1] == "Never seen No second factor"
    signed_in_client(app, engine, BOB)
    assert texts(signed_in.get(TEAM).text, ".member-facts")[1].startswith("Seen today ")


@pytest.mark.on_both
def test_who_is_there_is_seen(signed_in: FlaskClient, session: Session) -> None:
    """Caught: `touch` that notes it for the browser alone."""
    with writing(session):
        before = read_clock(session) - timedelta(minutes=5)
        session.execute(update(SignInSession).values(last_seen_at=before))
        session.execute(update(Admin).values(last_seen_at=before))
    signed_in.get(LIST)
    session.rollback()
    assert session.scalars(select(Admin.last_seen_at)).one() != before
    assert session.scalars(select(SignInSession.last_seen_at)).one() != before


@pytest.mark.on_both
@pytest.mark.usefixtures("bob")
@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_changed_and_works_at_the_next_click(
    app: Flask, engine: Engine, signed_in: FlaskClient, session: Session, role: str
) -> None:
    theirs = signed_in_client(app, engine, BOB)
    assert theirs.get(TEAM).status_code == 200
    assert change_role(signed_in, session, 2, role) == 303
    assert role_of(session, 2) == role
    assert theirs.get(TEAM).status_code == (200 if role == "owner" else 403)
    changed = [("role_changed", ADMIN, 2, {"was": "owner", "role": role})]
    assert activity(session) == ([] if role == "owner" else changed)
    assert chosen_role(signed_in.get(TWO).text) == [role]


def chosen_role(page: str) -> list[str]:
    return values(page, "[name=role][checked]", "value")


@pytest.mark.usefixtures("bob")
@pytest.mark.parametrize("role", ["", "root", "OWNER", "owner\0", "owner,viewer"])
def test_a_forged_role_is_refused(signed_in: FlaskClient, session: Session, role: str) -> None:
    typed = {"role": role, "seen": seen(session, 2)}
    answer = post(signed_in, TWO, typed)
    assert answer.status_code == 422
    assert texts(answer.text, "#member-role-error") == ["Choose a role."]
    assert "<title>Error: " in answer.text
    assert (role_of(session, 2), activity(session)) == ("owner", [])


@pytest.mark.on_both
@pytest.mark.usefixtures("bob")
def test_of_what_was_changed_meanwhile_nothing_is_done(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: `lock_member` that takes no notice of what was seen: an owner, just made a viewer,
    became one again."""
    opened = seen(session, 2)
    assert change_role(signed_in, session, 2, "viewer") == 303
    answer = post(signed_in, TWO, {"role": "publisher", "seen": opened})
    assert answer.status_code == 409
    assert "another owner changed this admin meanwhile" in answer.text
    assert chosen_role(answer.text) == ["viewer"]
    assert field(answer.text, "seen") == seen(session, 2)
    for act in ACTS:
        answer = post(signed_in, f"{TWO}/{act}", {"seen": opened})
        assert answer.status_code == 409, act
        assert field(answer.text, "seen") == seen(session, 2)
    for forged in ({}, {"seen": ""}, {"seen": "x" * 500}):
        assert post(signed_in, f"{TWO}/remove", forged).status_code == 409
    assert role_of(session, 2) == "viewer"
    assert [line[0] for line in activity(session)] == ["role_changed"]


@pytest.mark.parametrize("path", [f"{TEAM}/9", *(f"{TEAM}/9/{act}" for act in ACTS)])
def test_an_admin_who_is_not_there(signed_in: FlaskClient, session: Session, path: str) -> None:
    answer = signed_in.get(path)
    assert answer.status_code == 404
    assert "This admin is not in the team, or not any more." in answer.text
    assert post(signed_in, path, {"role": "viewer", "seen": "x"}).status_code == 404
    assert activity(session) == []


def test_the_only_owner_stays_one(signed_in: FlaskClient, session: Session) -> None:
    """Caught: `refuse_without_owner` left out of `change_role`."""
    page = signed_in.get(ONE).text
    assert "you are the only owner" in page
    assert find_all(page, "[name=role]") == []
    answer = post(signed_in, ONE, {"role": "viewer", "seen": seen(session, 1)})
    assert answer.status_code == 409
    assert "There must be one owner at least." in answer.text
    assert role_of(session, 1) == "owner"


@pytest.mark.usefixtures("bob")
def test_an_owner_who_is_disabled_is_none_that_stays(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: `has_other_owner` that counts disabled ones."""
    assert do(signed_in, session, "disable") == 303
    assert change_role(signed_in, session, 1, "editor") == 409
    assert do(signed_in, session, "enable") == 303
    assert change_role(signed_in, session, 1, "editor") == 303
    assert role_of(session, 1) == "editor"
    assert signed_in.get(TEAM).status_code == 403


@pytest.mark.usefixtures("bob")
def test_who_demotes_themselves_is_told_before_and_leaves(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: an answer that leads to a page which may not be opened any more."""
    assert "With another role you cannot open this page any more" in signed_in.get(ONE).text
    answer = post(signed_in, ONE, {"role": "support", "seen": seen(session, 1)})
    assert answer.location == "/settings/"
    assert "Ana is Support now." in signed_in.get(answer.location).text


@pytest.mark.usefixtures("bob")
@pytest.mark.parametrize("act", ACTS)
def test_nobody_does_these_to_themselves(
    signed_in: FlaskClient, session: Session, act: str
) -> None:
    """Caught: `_lock_another` without its look at who acts."""
    assert find_all(signed_in.get(ONE).text, f"a[href='{ONE}/{act}']") == []
    before = seen(session, 1)
    answer = post(signed_in, f"{ONE}/{act}", {"seen": before})
    assert answer.status_code == 409
    assert "You cannot do this to yourself." in answer.text
    assert (seen(session, 1), activity(session)) == (before, [])
    assert signed_in.get(TEAM).status_code == 200


def with_all_that_lets_in(session: Session, engine: Engine) -> None:
    """What there is of Bob, who is an owner: a second factor, a remembered browser, an invitation
    of Cem and a link for Eve that he made, and a link for himself."""
    eve = add_member(engine, "eve@example.com", Role.EDITOR)
    set_up_app(session, BOB)
    with writing(session):
        remember_browser(session, 2)
    new_invitation(session, by=2)
    new_link(session, eve, by=2)
    new_link(session, 2)


def rows(session: Session) -> dict[str, int]:
    """Of what lets somebody in."""
    session.rollback()
    found = {
        model.__tablename__: session.scalar(select(func.count()).select_from(model)) or 0
        for model in (SignInSession, RememberedBrowser, PasswordLink, SecondFactor)
    }
    return found | {"invitation": len(invited(session))}


@pytest.mark.on_both
@pytest.mark.usefixtures("bob")
@pytest.mark.parametrize("act", ["disable", "remove"])
def test_all_that_lets_them_in_ends_at_once(
    app: Flask, engine: Engine, signed_in: FlaskClient, session: Session, act: str
) -> None:
    """Caught: each of `end_all_sessions`, `forget_browsers`, `end_links_made_by` and `end_links_to`
    left out of `_shut_out`; `turn_off_for` left out of `remove`."""
    theirs = signed_in_client(app, engine, BOB)
    with_all_that_lets_in(session, engine)
    assert rows(session) == {
        **{"sign_in_session": 2, "remembered_browser": 1, "password_link": 2},
        **{"second_factor": 1, "invitation": 1},
    }
    assert do(signed_in, session, act) == 303
    assert rows(session) == {
        **{"sign_in_session": 1, "remembered_browser": 0, "password_link": 0},
        **{"second_factor": int(act == "disable"), "invitation": 0},
    }
    assert theirs.get(LIST).location.startswith("/login")
    assert activity(session) == [(f"admin_{act}d", ADMIN, 2, {})]


@pytest.mark.on_both
@pytest.mark.usefixtures("bob")
def test_who_is_no_owner_any_more_lets_nobody_in(
    engine: Engine, signed_in: FlaskClient, session: Session
) -> None:
    """Caught: `end_links_made_by` left out of `change_role`."""
    with_all_that_lets_in(session, engine)
    assert change_role(signed_in, session, 2, "publisher") == 303
    assert rows(session) == {
        **{"sign_in_session": 1, "remembered_browser": 1, "password_link": 1},
        **{"second_factor": 1, "invitation": 0},
    }


@pytest.mark.usefixtures("bob")
def test_who_is_disabled_learns_it_by_the_right_password_alone(
    app: Flask, signed_in: FlaskClient, session: Session
) -> None:
    """Caught: `_accept` that lets disabled ones in."""
    assert do(signed_in, session, "disable") == 303
    page = signed_in.get(TEAM).text
    assert texts(page, ".member .state") == ["Disabled"]
    theirs = app.test_client()
    answer = sign_in(theirs, BOB, "not this one at all")
    assert texts(answer.text, "#refused p") == ["Wrong email or password."]
    answer = sign_in(theirs, BOB)
    assert (answer.status_code, texts(answer.text, "#refused p")) == (
        422,
        ["Your account is disabled. Ask an owner."],
    )
    assert count(session, SignInSession.id) == 1
    assert do(signed_in, session, "enable") == 303
    assert sign_in(theirs, BOB).status_code == 303


@pytest.mark.usefixtures("bob")
def test_who_is_removed_is_nobody_but_a_name(
    app: Flask, engine: Engine, signed_in: FlaskClient, session: Session
) -> None:
    """Caught: `removed_at` left out of `_accept`, which told them that they are disabled; names of
    active admins only."""
    theirs = signed_in_client(app, engine, BOB)
    post(theirs, f"{LIST}add", TYPED)
    assert do(signed_in, session, "remove") == 303
    assert "Bob" not in texts(signed_in.get(TEAM).text, ".member-name strong")
    assert signed_in.get(TWO).status_code == 404
    answer = sign_in(theirs, BOB)
    assert texts(answer.text, "#refused p") == ["Wrong email or password."]
    history = signed_in.get(f"{LIST}history/draft-changes").text
    assert "Bob" in history or "Bob" in signed_in.get(f"{LIST}review").text


@pytest.mark.on_both
@pytest.mark.parametrize("htmx", [True, False])
def test_a_removal_while_a_form_is_open_loses_nothing_typed(
    app: Flask, engine: Engine, signed_in: FlaskClient, session: Session, htmx: bool
) -> None:
    """Caught: `is_active` left out of `find_session`, and `end_all_sessions` of `_shut_out`: the
    package was saved by who was removed."""
    theirs = member_client(app, engine, role=Role.EDITOR)
    assert do(signed_in, session, "remove") == 303
    headers = HTMX if htmx else {"Origin": "http://localhost"}
    answer = theirs.post(f"{LIST}add", data=TYPED, headers=headers)
    assert answer.status_code == 401
    if htmx:
        assert "What you typed is still here." in partials(answer)["#alert"]
    else:
        assert field(answer.text, "name") == TYPED["name"]
    assert order(session) == []


@pytest.mark.on_both
@pytest.mark.usefixtures("bob")
def test_a_lost_second_factor_is_turned_off(
    app: Flask, engine: Engine, signed_in: FlaskClient, session: Session
) -> None:
    """Caught: no mail to who may not have asked for it; sign-ins that go on."""
    assert find_all(signed_in.get(TWO).text, f"a[href='{TWO}/second-factor']") == []
    assert do(signed_in, session, "second-factor") == 409
    set_up_app(session, BOB)
    theirs = signed_in_client(app, engine, BOB)
    assert find(signed_in.get(TWO).text, f"a[href='{TWO}/second-factor']")
    assert do(signed_in, session, "second-factor") == 303
    assert theirs.get(LIST).status_code == 302
    assert count(session, SecondFactor.admin_id) == 0
    (mail,) = session.scalars(select(OutboxMessage))
    assert (mail.recipient, mail.topic, mail.data["change"]) == (BOB, "own_account", "app_off")
    assert activity(session) == [("second_factor_reset", ADMIN, 2, {})]
    assert sign_in(theirs, BOB).location == LIST


@pytest.mark.usefixtures("bob")
def test_each_act_asks_for_the_password_in_its_place(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: `ActForm` as a plain Form."""
    with writing(session):
        session.execute(update(SignInSession).values(confirmed_at=None))
    for act in ACTS:
        path = f"{TWO}/{act}"
        assert find_all(signed_in.get(path).text, "#act-password")
        answer = post(signed_in, path, {"seen": seen(session, 2), "password": ""})
        assert (answer.status_code, texts(answer.text, "#act-password-error")) == (
            422,
            ["Enter your password to go on."],
        )
        assert field(answer.text, "seen") == seen(session, 2)
    assert activity(session) == []
    typed = {"seen": seen(session, 2), "password": PASSWORD}
    assert post(signed_in, f"{TWO}/remove", typed).location == TEAM
    assert [line[0] for line in activity(session)] == ["admin_removed"]


def test_names_that_mean_something_in_html_mean_nothing_here(
    engine: Engine, signed_in: FlaskClient, session: Session
) -> None:
    """Caught: `|safe` after the name was put into a title."""
    add_member(engine)
    with writing(session):
        session.execute(update(Admin).where(Admin.id == 2).values(display_name="<b>%(name)s 5%"))
    for path in (TEAM, TWO, *(f"{TWO}/{act}" for act in ACTS)):
        page = signed_in.get(path)
        assert page.status_code == 200
        assert "&lt;b&gt;%(name)s 5%" in page.text
        assert "<b>%" not in page.text
    assert do(signed_in, session, "disable") == 303
    assert "&lt;b&gt;%(name)s 5% is disabled" in signed_in.get(TWO).text


@pytest.mark.usefixtures("admin")
def test_a_command_brings_back_who_was_removed(engine: Engine, session: Session) -> None:
    """Caught: `save_admin` that leaves `removed_at`, so that nobody could sign in any more."""
    viewer = add_member(engine, BOB, Role.VIEWER)
    for column, role in (("disabled_at", "viewer"), ("removed_at", "owner")):
        with writing(session):
            now = read_clock(session)
            session.execute(update(Admin).where(Admin.id == viewer).values({column: now}))
        make_admin(engine, BOB)
        session.rollback()
        admin = session.get_one(Admin, viewer)
        assert (admin.is_active, admin.role) == (True, role)


@pytest.mark.usefixtures("admin")
def test_disabled_and_removed_admins_get_no_notices(engine: Engine, session: Session) -> None:
    """Caught: `IS_ACTIVE` left out of `admins_who_chose`."""
    for email in (BOB, CEM):
        add_member(engine, email)
    with writing(session):
        now = read_clock(session)
        session.execute(update(Admin).where(Admin.email == BOB).values(disabled_at=now))
        session.execute(update(Admin).where(Admin.email == CEM).values(removed_at=now))
    told = admins_who_chose(session, "purchase_held", "at_once")
    assert [one.email for one in told] == [ADMIN]
    assert has_admin(session)
    with writing(session):
        session.execute(update(Admin).where(Admin.email == ADMIN).values(disabled_at=now))
    assert not has_admin(session)
