"""The floor to serve from: an empty Flask application with the libraries and server of Scrip."""

import os
from pathlib import Path

import alembic  # noqa: F401 - imported because Scrip does, as are those below
import argon2  # noqa: F401
import babel.lists
import babel.numbers  # noqa: F401
import idna  # noqa: F401
import psycopg  # noqa: F401
import pycountry  # noqa: F401
import wtforms  # noqa: F401
from flask import Flask, Response
from flask_babel import Babel
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect

CONTENT = "BENCH_CONTENT"  # names the file with the bytes to answer


def worker_app() -> Flask:
    """Answers the bytes it was given, says that they are unchanged, and knows nothing else."""
    app = Flask("bare")
    app.config["SECRET_KEY"] = "k" * 40
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
    db = SQLAlchemy(app)
    Migrate(app, db)
    CSRFProtect(app)
    LoginManager(app)
    Babel(app)
    content = Path(os.environ[CONTENT]).read_bytes()

    @app.get("/")
    def answer() -> bytes:
        return content

    @app.get("/unchanged")
    def unchanged() -> Response:
        return Response(status=304)

    @app.get("/healthz")
    def healthz() -> str:
        return "ok\n"

    return app
