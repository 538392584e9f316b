"""Health checks: /healthz, whether the database answers, and /readyz, whether it takes writes.

Both are answered while every other request waits: on a thread that the concurrency limit leaves
free, and a connection that only they use. When the answer is no, the error page says 503.
"""

import os
import shutil
from pathlib import Path

from flask import Blueprint, Flask, Response, current_app
from sqlalchemy import Connection, Engine, create_engine, delete, false
from werkzeug.exceptions import ServiceUnavailable

from domain.accounts.models import SignInSession
from domain.catalogue.storefront import live
from domain.connections import engine_options
from domain.time_budget import time_budget

# Who asks waits for two seconds: for the one connection, then for the database.
ONE_CONNECTION = {"pool_size": 1, "max_overflow": 0, "pool_timeout": 0.4}
BUDGET_SECONDS = 1.4
LEAST_ROOM = 256 * 1024  # bytes; a usual write takes less

bp = Blueprint("health", __name__)


def init_app(app: Flask) -> None:
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    app.extensions["health"] = create_engine(url, **{**engine_options(url), **ONE_CONNECTION})
    app.register_blueprint(bp)


@bp.get("/healthz")
def healthz() -> Response:
    """Whether the database answers."""
    with time_budget(BUDGET_SECONDS), _engine().connect() as connection:
        connection.execute(live.newest())
    return _ok()


@bp.get("/readyz")
def readyz() -> Response:
    """Whether it begins a write, which is taken back."""
    _refuse_without_room(_engine())
    with time_budget(BUDGET_SECONDS), _engine().connect() as connection:
        _try_writing(connection.execution_options(writing=True))
    return _ok()


def _refuse_without_room(engine: Engine) -> None:
    """SQLite would see that its disk is full or read-only when it commits."""
    if engine.dialect.name != "sqlite":
        return
    folder = Path(engine.url.database or "").parent
    if not os.access(folder, os.W_OK) or shutil.disk_usage(folder).free < LEAST_ROOM:
        raise ServiceUnavailable(retry_after=2)


def _try_writing(connection: Connection) -> None:
    """Of no row: this is asked for day and night, and rows that were never kept take room."""
    connection.execute(delete(SignInSession).where(false()))
    connection.rollback()


def _engine() -> Engine:
    engine: Engine = current_app.extensions["health"]
    return engine


def _ok() -> Response:
    return Response("ok\n", mimetype="text/plain")
