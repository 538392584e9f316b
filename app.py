"""Scrip's wiring: configuration, extensions, blueprints, error pages, commands. No routes here."""

import sys

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

import page_cache
from blueprints import (
    account,
    activity,
    api,
    auth,
    checkout,
    concurrency_limit,
    customers,
    embed,
    errors,
    health,
    imports,
    locale,
    logs,
    markets,
    packages,
    pages,
    payment_provider,
    payments,
    people,
    permissions,
    price_rule,
    proxies,
    publishing,
    purchases,
    request_limits,
    security_headers,
    settings,
    storefront,
    team,
    withdrawals,
)
from config import Config, ConfigError, read_config
from domain.connections import engine_options
from domain.database import MOST_ID
from extensions import csrf, db, login_manager


def create_app(config: Config | None = None) -> Flask:
    """The application as `config` asks for, by default as the environment does; with commands."""
    # Loaded here, as workers do without: migrations take a fifth of a start.
    import commands  # noqa: PLC0415

    app = create_web_app(config)
    commands.init_app(app)
    return app


def create_web_app(config: Config | None = None) -> Flask:
    """All that answers requests."""
    config = config or read_config_or_stop()
    app = Flask(__name__)
    app.config.from_mapping(_flask_settings(config))
    app.extensions["scrip"] = config
    app.url_map.converters["id"] = IdConverter

    security_headers.init_app(app)
    request_limits.init_app(app)  # before csrf, which reads the body that is measured
    db.init_app(app)
    csrf.init_app(app)
    login_manager.init_app(app, add_context_processor=False)  # see current_user in pages
    for area in (
        *(
            locale,
            people,
            permissions,
            pages,
            errors,
            auth,
            settings,
            team,
            markets,
            packages,
            imports,
            publishing,
        ),
        *(customers, purchases, activity, payments, storefront, checkout, withdrawals, account),
        *(api, embed, health),
    ):
        area.init_app(app)
    price_rule.init_app(app, payment_provider.price_rule(config))
    page_cache.init_app(app)
    request_limits.limit_headers(app)
    concurrency_limit.init_app(app)
    proxies.init_app(app)
    logs.init_app(app)  # outermost
    return app


def read_config_or_stop() -> Config:
    try:
        return read_config()
    except ConfigError as problem:
        sys.exit(f"Scrip cannot start. {problem}")


class IdConverter(IntegerConverter):
    """A row's id in a path; a number that no database column can hold is simply not found."""

    def __init__(self, map: Map) -> None:
        super().__init__(map, min=1, max=MOST_ID)


def _flask_settings(config: Config) -> dict[str, object]:
    prefix = "__Host-" if config.production else ""
    return {
        "SECRET_KEY": config.secret_key,
        "SQLALCHEMY_DATABASE_URI": config.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(config.database_url),
        "TRUSTED_HOSTS": list(config.hosts) or None,
        "SESSION_COOKIE_NAME": f"{prefix}scrip",
        "SESSION_COOKIE_SECURE": config.production,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_PATH": "/",
        "WTF_CSRF_TIME_LIMIT": None,
        "SEND_FILE_MAX_AGE_DEFAULT": None,
    }
