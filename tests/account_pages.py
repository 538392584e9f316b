"""The customers' pages as a test opens them."""

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from blueprints.customer_sign_in import cookie_name
from domain.customers import sessions
from domain.database import writing
from domain.outbox.models import OutboxMessage
from tests.conftest import csrf_token


def customer_client(app: Flask, engine: Engine, customer_id: int) -> FlaskClient:
    """A new browser in which this customer is signed in."""
    client = app.test_client()
    sign_in_customer(client, app, engine, customer_id)
    return client


def sign_in_customer(client: FlaskClient, app: Flask, engine: Engine, customer_id: int) -> None:
    with Session(engine) as session, writing(session):
        token = sessions.open_session(session, customer_id)
    with app.app_context():
        client.set_cookie(cookie_name(), token)


def send_form(client: FlaskClient, path: str, **typed: str) -> TestResponse:
    """As a browser sends it that has opened some page before."""
    page = "/login" if client.get("/login").status_code == 200 else "/login/again"
    return client.post(path, data={"csrf_token": csrf_token(client, page), **typed})


def last_code(session: Session) -> str:
    """The one in the newest mail."""
    session.rollback()
    newest = select(OutboxMessage.secrets).order_by(OutboxMessage.id.desc()).limit(1)
    code = str((session.scalar(newest) or {})["code"])
    session.rollback()
    return code


def sign_in_by_code(client: FlaskClient, session: Session, email: str) -> TestResponse:
    """Through the pages."""
    send_form(client, "/account/sign-in", email=email)
    return send_form(client, "/account/sign-in/code", code=last_code(session))
