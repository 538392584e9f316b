"""Admins with roles, and links of the team, for tests."""

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from domain.accounts.admins import find_admin
from domain.accounts.invitations import invite, list_open
from domain.accounts.models import Admin
from domain.accounts.owners import lock_as_owner
from domain.accounts.password_links import make_link
from domain.accounts.roles import Role
from domain.accounts.team import get_member
from domain.database import write, writing
from tests.conftest import make_admin, signed_in_client
from tests.page_helpers import form_token

TEAM = "/settings/team"
BOB = "bob@example.com"
CEM = "cem@example.com"
NEW_PASSWORD = "pepper glacier violin tunnel"
CHOSEN = {"new_password": NEW_PASSWORD, "new_password_again": NEW_PASSWORD}
TYPED_JOIN = {"display_name": "Cem Deniz", **CHOSEN}


def add_member(engine: Engine, email: str = BOB, role: Role = Role.OWNER) -> int:
    """The id of an admin whose password is PASSWORD."""
    make_admin(engine, email)
    with Session(engine) as session, writing(session):
        session.execute(update(Admin).where(Admin.email == email).values(role=role))
    return id_of(engine, email)


def id_of(engine: Engine, email: str) -> int:
    with Session(engine) as session:
        admin = find_admin(session, email)
        assert admin
        return admin.id


def member_client(
    app: Flask, engine: Engine, email: str = BOB, role: Role = Role.OWNER
) -> FlaskClient:
    """A browser in which a new member is signed in."""
    add_member(engine, email, role)
    return signed_in_client(app, engine, email)


def seen(session: Session, admin_id: int) -> str:
    """What a form about the admin holds that is opened now."""
    session.rollback()
    found = get_member(session, admin_id).seen
    session.rollback()
    return found


def new_invitation(
    session: Session, email: str = CEM, role: Role = Role.EDITOR, by: int = 1
) -> str:
    """The path of its link."""
    link = write(session, lambda s: invite(s, lock_as_owner(s, by), email, role))
    return f"/invitation/{link.token}"


def new_link(session: Session, admin_id: int, by: int = 1) -> str:
    """The path of a link to a new password for the admin."""
    opened = seen(session, admin_id)
    token = write(session, lambda s: make_link(s, lock_as_owner(s, by), admin_id, opened))
    return f"/password/{token}"


def invited(session: Session) -> list[tuple[str, str, bool]]:
    """The email and role of each open invitation, and whether it has expired."""
    session.rollback()
    found = [(one.email, one.role.value, one.has_expired) for one in list_open(session)]
    session.rollback()
    return found


def send(client: FlaskClient, path: str, fields: dict[str, str]) -> TestResponse:
    """As a browser does, which sends no referrer from these pages."""
    return client.post(path, data={"csrf_token": form_token(client), **fields})
