"""Admins of each role, and how to change what a colleague is."""

from collections.abc import Mapping

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from domain.accounts.models import Admin
from domain.accounts.roles import Role
from domain.database import writing
from tests.conftest import ADMIN, make_admin, signed_in_client

Team = Mapping[Role, FlaskClient]

EMAILS: Mapping[Role, str] = {
    role: ADMIN if role is Role.OWNER else f"{role}@example.com" for role in Role
}


def sign_in_team(app: Flask, engine: Engine) -> Team:
    """A browser of an admin of each role."""
    return {role: sign_in_as(app, engine, role) for role in Role}


def sign_in_as(app: Flask, engine: Engine, role: Role) -> FlaskClient:
    return signed_in_client(app, engine, make_admin(engine, EMAILS[role], role))


def change_role(engine: Engine, email: str, role: Role) -> None:
    with Session(engine) as session, writing(session):
        session.execute(update(Admin).where(Admin.email == email).values(role=role))
