"""What the environment may set, read once into typed values.

A bad value stops the start with one sentence that names the variable.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from domain.ledger.rules import MODES, Mode
from domain.mail.server import MailServer, UnfitMailServer, read_mail_server
from domain.purchases.payments.simulator_keys import is_simulators
from secret_key import UnfitSecretKey, read_secret_key

INSTANCE = Path(__file__).parent / "instance"
# One that begins with a dot stands for all below it; a public port may follow.
HOST_NAME = re.compile(r"([\w.-]+|\[[0-9a-f:.]+\])(:[0-9]+)?")
STRIPE_KEY = re.compile(r"[sr]k_(test|live)_\w+", re.ASCII)
STRIPE_SECRET = re.compile(r"whsec_\S+", re.ASCII)
SIMULATOR_HOST = "127.0.0.1"
OWNER_URL = "DATABASE_OWNER_URL"
NO_FILE = ("sqlite:///", "sqlite:///:memory:")
# As platforms write it; only the last names the driver that Scrip brings along.
POSTGRES = ("postgres", "postgresql", "postgresql+psycopg")
SEVERAL_HOSTS = re.compile(
    r"(?P<user>[^@]*@)?+(?P<hosts>[^/?]*,[^/?]*)(?P<database>/[^?]*)?(\?(?P<query>.*))?"
)
NAMES_SEVERAL = re.compile(r".*[?&]host=([^&]*,|.*&host=)")
DATABASE_HOST = re.compile(
    r"(\[(?P<ipv6>[0-9a-fA-F:.]+)\]|(?P<name>[^\[\]:,]+))(:(?P<port>[0-9]+))?"
)


class ConfigError(Exception):
    """A variable holds something Scrip cannot start with."""


class StripeKeys(NamedTuple):
    """The key that asks Stripe, and the secret that its events are signed with."""

    secret_key: str
    webhook_secret: str

    def __repr__(self) -> str:
        return "StripeKeys(…)"

    @property
    def is_live(self) -> bool:
        return self.secret_key.startswith(("sk_live_", "rk_live_"))


@dataclass(frozen=True)
class Config:
    """Everything an operator can set; README.md describes each variable."""

    secret_key: str = field(repr=False)
    database_url: str = field(repr=False)  # it may hold a password
    database_owner_url: str | None = field(default=None, repr=False)
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 2
    production: bool = False
    hosts: tuple[str, ...] = ()
    proxies: int = 0
    cdn_max_age: int = 0
    admin_email: str | None = None
    admin_password: str | None = field(default=None, repr=False)
    sample_catalogue: bool = True
    mode: Mode = "test"
    mail: MailServer | None = None
    stripe: StripeKeys | None = None
    simulator_port: int = 8001

    @property
    def simulates_payments(self) -> bool:
        """Whether the payment simulator takes the payments: in test databases, without a key."""
        return self.stripe is None and self.mode == "test" and not self.production

    @property
    def simulator_address(self) -> str:
        return f"http://{SIMULATOR_HOST}:{self.simulator_port}"

    @property
    def keeps_mail(self) -> bool:
        """Whether mails stay here to be read; in production they wait for a mail server."""
        return self.mail is None and not self.production


def read_config(environ: Mapping[str, str] = os.environ, instance: Path = INSTANCE) -> Config:
    """The configuration that `environ` asks for; files live in `instance`."""
    production = _flag(environ, "PRODUCTION", default=False)
    mode = _mode(environ, production)
    port = _whole(environ, "PORT", 8000, lowest=1, highest=65535)
    hosts = _hosts(environ)
    database_url = _database_url(environ, instance)
    if production and not hosts:
        raise ConfigError(
            "HOSTS is empty. In production, list the host names to answer, "
            "for example HOSTS=credits.example.com."
        )
    if production and _flag(environ, "FLASK_DEBUG", default=False):
        raise ConfigError("FLASK_DEBUG is on. In production it would show errors to everybody.")
    return Config(
        secret_key=_secret_key(environ, production, instance),
        database_url=database_url,
        database_owner_url=_database_owner_url(environ, database_url),
        host=environ.get("HOST") or "127.0.0.1",
        port=port,
        workers=_whole(environ, "WORKERS", 2, lowest=1, highest=64),
        production=production,
        hosts=hosts,
        proxies=_whole(environ, "PROXIES", 0, lowest=0, highest=10),
        cdn_max_age=_whole(environ, "CDN_MAX_AGE", 0, lowest=0, highest=3600),
        admin_email=environ.get("ADMIN_EMAIL") or None,
        admin_password=environ.get("ADMIN_PASSWORD") or None,
        sample_catalogue=_flag(environ, "SAMPLE_CATALOGUE", default=True) and not production,
        mail=_mail_server(environ),
        mode=mode,
        stripe=_stripe_keys(environ, mode),
        simulator_port=_whole(
            environ, "SIMULATOR_PORT", min(port + 1, 65535), lowest=1, highest=65535
        ),
    )


def _flag(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = environ.get(name, "").strip().lower()
    if text not in ("", "0", "1", "true", "false"):
        raise ConfigError(f"{name} is {text!r}. Set it to 1 or 0.")
    return text in ("1", "true") if text else default


def _mode(environ: Mapping[str, str], production: bool) -> Mode:
    text = environ.get("MODE", "").strip().lower() or ("live" if production else "test")
    for mode in MODES:
        if text == mode:
            return mode
    raise ConfigError(f"MODE is {text!r}. Set it to test or live.")


def _hosts(environ: Mapping[str, str]) -> tuple[str, ...]:
    hosts = tuple(environ.get("HOSTS", "").lower().replace(",", " ").split())
    for host in hosts:
        # An address or a pattern would start well, and then answer nobody.
        if not HOST_NAME.fullmatch(host):
            raise ConfigError(
                f"HOSTS holds {host!r}. List host names alone, for example "
                "HOSTS=credits.example.com."
            )
    return hosts


def _whole(
    environ: Mapping[str, str], name: str, default: int, *, lowest: int, highest: int
) -> int:
    text = environ.get(name, "").strip() or str(default)
    if not (text.isascii() and text.isdigit() and lowest <= int(text[:9]) <= highest):
        raise ConfigError(f"{name} is {text!r}. Set it to a number from {lowest} to {highest}.")
    return int(text)


def _database_url(environ: Mapping[str, str], instance: Path) -> str:
    url = (environ.get("DATABASE_URL") or f"sqlite:///{instance / 'scrip.db'}").strip()
    read = _read_database_url(url)
    if not read or read in NO_FILE:
        raise ConfigError(
            "DATABASE_URL is not understood. Use postgresql://user:password@host/database "
            "or sqlite:////path/to/scrip.db."
        )
    return read


def _database_owner_url(environ: Mapping[str, str], database_url: str) -> str | None:
    url = environ.get(OWNER_URL, "").strip()
    read = _read_database_url(url)
    if url and not (read and read.startswith("postgresql") and database_url.startswith("postgres")):
        raise ConfigError(
            f"{OWNER_URL} is not understood. It is for PostgreSQL alone: "
            "postgresql://owner:password@host/database, of the database in DATABASE_URL."
        )
    return read


def _read_database_url(url: str) -> str | None:
    """As SQLAlchemy takes it; None where that is no database for Scrip. Errors that are raised do
    not repeat the value, which may hold a password."""
    scheme, _, rest = url.partition("://")
    try:
        if scheme in POSTGRES:
            url = f"postgresql+psycopg://{_choosing_primary(_with_hosts_apart(rest))}"
        elif not url.startswith("sqlite:///"):
            return None
        make_url(url)
    except (ArgumentError, ValueError):
        return None
    return url


def _with_hosts_apart(rest: str) -> str:
    """user@a:5432,b:5433/scrip as user@/scrip?host=a,b&port=5432,5433, which SQLAlchemy reads."""
    several = SEVERAL_HOSTS.fullmatch(rest)
    if not several:
        return rest
    hosts = [DATABASE_HOST.fullmatch(host) for host in several["hosts"].split(",")]
    if not all(hosts):
        raise ValueError
    names = ",".join(host["ipv6"] or host["name"] for host in hosts if host)
    ports = ",".join(host["port"] or "" for host in hosts if host)
    query = f"&{several['query']}" if several["query"] else ""
    return f"{several['user'] or ''}{several['database'] or '/'}?host={names}&port={ports}{query}"


def _choosing_primary(rest: str) -> str:
    """Of several servers, the one that takes writes, unless the address says another."""
    if NAMES_SEVERAL.match(rest) and "target_session_attrs=" not in rest:
        return f"{rest}&target_session_attrs=read-write"
    return rest


def _mail_server(environ: Mapping[str, str]) -> MailServer | None:
    url = environ.get("MAIL_URL", "").strip()
    try:
        return read_mail_server(url, environ.get("MAIL_FROM", "")) if url else None
    except UnfitMailServer as problem:
        raise ConfigError(str(problem)) from None


def _stripe_keys(environ: Mapping[str, str], mode: Mode) -> StripeKeys | None:
    """Does not repeat the values, which are secret."""
    key = environ.get("STRIPE_SECRET_KEY", "").strip()
    secret = environ.get("STRIPE_WEBHOOK_SECRET", "").strip()
    if not key and not secret:
        return None
    if not STRIPE_KEY.fullmatch(key):
        raise ConfigError("STRIPE_SECRET_KEY is not understood. It begins with sk_ or rk_.")
    for name, value in (("STRIPE_SECRET_KEY", key), ("STRIPE_WEBHOOK_SECRET", secret)):
        if is_simulators(value):
            raise ConfigError(
                f"{name} is that of the payment simulator. Use one of Stripe, or leave both empty: "
                "then a test database is sold from by the simulator."
            )
    if not STRIPE_SECRET.fullmatch(secret):
        raise ConfigError(
            "STRIPE_WEBHOOK_SECRET is not understood. It begins with whsec_: "
            "Stripe shows it beside the webhook."
        )
    keys = StripeKeys(key, secret)
    if keys.is_live != (mode == "live"):
        wanted = "a live key" if mode == "live" else "a test key"
        raise ConfigError(f"STRIPE_SECRET_KEY does not fit MODE={mode}. Use {wanted}.")
    return keys


def _secret_key(environ: Mapping[str, str], production: bool, instance: Path) -> str:
    key = environ.get("SECRET_KEY", "")
    try:
        return read_secret_key(key, production=production, instance=instance)
    except UnfitSecretKey as problem:
        raise ConfigError(str(problem)) from None
