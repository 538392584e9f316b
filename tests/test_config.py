"""What the environment may set: typed values, or one sentence that names the variable."""

import stat
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url

from config import Config, ConfigError, read_config
from domain.purchases.payments.simulator_keys import simulator_key, simulator_secret
from tests.conftest import FIT_SECRET_KEY

STRIPE = {"STRIPE_SECRET_KEY": "sk_test_a", "STRIPE_WEBHOOK_SECRET": "whsec_a"}
PRODUCTION = {"PRODUCTION": "1", "HOSTS": "a.example", "SECRET_KEY": FIT_SECRET_KEY}


def test_defaults_serve_this_machine_from_a_file(tmp_path: Path) -> None:
    config = read_config({}, tmp_path)
    assert (config.host, config.port, config.workers) == ("127.0.0.1", 8000, 2)
    assert config.database_url == f"sqlite:///{tmp_path}/scrip.db"
    assert (config.production, config.sample_catalogue, config.proxies) == (False, True, 0)
    assert (config.cdn_max_age, config.mode) == (0, "test")


def test_the_secret_key_is_made_once_and_kept_for_its_owner(tmp_path: Path) -> None:
    first = read_config({}, tmp_path).secret_key
    assert len(first) >= 32
    assert read_config({}, tmp_path).secret_key == first
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    config = read_config(
        {
            "SECRET_KEY": "s" * 40,
            "ADMIN_PASSWORD": "hidden words",
            "DATABASE_URL": "postgres://scrip:open-sesame@db/scrip",
        },
        tmp_path,
    )
    assert "s" * 40 not in repr(config)
    assert "hidden words" not in repr(config)
    assert "open-sesame" not in repr(config)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
@pytest.mark.parametrize(
    "rest",
    ["u:p%40ss@db.example:5433/scrip?sslmode=require", "u@[::1]/d", "/scrip?host=/run/postgresql"],
)
def test_postgresql_is_reached_as_platforms_write_it(
    tmp_path: Path, scheme: str, rest: str
) -> None:
    """Seeded bug: passing postgresql:// on; SQLAlchemy then looks for another driver."""
    config = read_config({"DATABASE_URL": f"{scheme}://{rest}"}, tmp_path)
    assert config.database_url == f"postgresql+psycopg://{rest}"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("scrip:p%40ss@a,b/scrip", "scrip:p%40ss@/scrip?host=a,b&port=,"),
        ("a:5432,b:5433/scrip", "/scrip?host=a,b&port=5432,5433"),
        ("a,b:5433", "/?host=a,b&port=,5433"),
        ("u@[::1]:1,[::2]/scrip?sslmode=require", "u@/scrip?host=::1,::2&port=1,&sslmode=require"),
        ("u:p,q@a,b/scrip", "u:p,q@/scrip?host=a,b&port=,"),
        ("u@/scrip?host=/run/a,/run/b", "u@/scrip?host=/run/a,/run/b"),
        ("u@/scrip?host=a:1&host=b:2", "u@/scrip?host=a:1&host=b:2"),
    ],
)
def test_postgresql_may_be_several_servers(tmp_path: Path, written: str, read: str) -> None:
    """Caught: SQLAlchemy's own reading, which takes [::1],b for one host and forgets the rest."""
    url = read_config({"DATABASE_URL": f"postgres://{written}"}, tmp_path).database_url
    assert url == f"postgresql+psycopg://{read}&target_session_attrs=read-write"
    options = create_engine(url).dialect.create_connect_args(make_url(url))[1]
    assert len(options["host"].split(",")) == len(options["port"].split(",")) == 2


def test_a_comma_in_a_password_is_no_second_server(tmp_path: Path) -> None:
    """Caught: a user that could be a part of the hosts; such a start was refused."""
    url = read_config({"DATABASE_URL": "postgresql://u:p,q@h/d"}, tmp_path).database_url
    assert url == "postgresql+psycopg://u:p,q@h/d"


def test_several_servers_may_be_asked_for_another_kind(tmp_path: Path) -> None:
    environ = {"DATABASE_URL": "postgresql://a,b/scrip?target_session_attrs=any"}
    assert read_config(environ, tmp_path).database_url.endswith("&target_session_attrs=any")


def test_a_bad_database_url_does_not_show_its_password(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        read_config({"DATABASE_URL": "postgresql://scrip:open-sesame@db:x/scrip"}, tmp_path)
    assert "open-sesame" not in str(refused.value)


def test_a_full_production_environment(tmp_path: Path) -> None:
    config = read_config(
        PRODUCTION
        | {"HOSTS": "A.example, b.example", "PROXIES": "1", "PORT": "80", "CDN_MAX_AGE": "60"},
        tmp_path,
    )
    assert config == Config(
        secret_key=FIT_SECRET_KEY,
        database_url=f"sqlite:///{tmp_path}/scrip.db",
        port=80,
        production=True,
        hosts=("a.example", "b.example"),
        proxies=1,
        cdn_max_age=60,
        sample_catalogue=False,
        mode="live",
        simulator_port=81,
    )


def test_the_mode_may_be_said(tmp_path: Path) -> None:
    assert read_config({"MODE": "Live"}, tmp_path).mode == "live"
    assert read_config(PRODUCTION | {"MODE": " test "}, tmp_path).mode == "test"


@pytest.mark.parametrize(
    "host", ["a.example:8443", ".a.example", "münchen.example", "127.0.0.1", "[::1]:80", "a_b"]
)
def test_hosts_come_in_every_form_that_is_answered(tmp_path: Path, host: str) -> None:
    assert read_config(PRODUCTION | {"HOSTS": host}, tmp_path).hosts == (host,)


def test_the_simulator_takes_payments_where_nothing_is_for_real(tmp_path: Path) -> None:
    assert read_config({}, tmp_path).simulates_payments
    assert not read_config(STRIPE, tmp_path).simulates_payments
    assert not read_config(PRODUCTION, tmp_path).simulates_payments
    assert not read_config(PRODUCTION | {"MODE": "test"}, tmp_path).simulates_payments
    assert read_config(STRIPE, tmp_path).stripe == ("sk_test_a", "whsec_a")
    assert "whsec_a" not in repr(read_config(STRIPE, tmp_path))


def test_production_never_loads_the_sample(tmp_path: Path) -> None:
    config = read_config(PRODUCTION | {"SAMPLE_CATALOGUE": "1"}, tmp_path)
    assert config.sample_catalogue is False


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"PORT": "0"}, "PORT"),
        ({"PORT": "65536"}, "PORT"),
        ({"PORT": "80a"}, "PORT"),
        ({"PORT": "-1"}, "PORT"),
        ({"PORT": "9" * 30}, "PORT"),
        ({"WORKERS": "0"}, "WORKERS"),
        ({"PROXIES": "x"}, "PROXIES"),
        ({"CDN_MAX_AGE": "-1"}, "CDN_MAX_AGE"),
        ({"CDN_MAX_AGE": "3601"}, "CDN_MAX_AGE"),
        ({"CDN_MAX_AGE": "1m"}, "CDN_MAX_AGE"),
        ({"PRODUCTION": "maybe"}, "PRODUCTION"),
        ({"MODE": "production"}, "MODE"),
        ({"SAMPLE_CATALOGUE": "2"}, "SAMPLE_CATALOGUE"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        (PRODUCTION | {"SECRET_KEY": ""}, "SECRET_KEY"),
        (PRODUCTION | {"SECRET_KEY": "k" * 40}, "SECRET_KEY"),
        (PRODUCTION | {"SECRET_KEY": "changeme-" * 5}, "SECRET_KEY"),
        (PRODUCTION | {"SECRET_KEY": "# the output of: secrets.token_urlsafe(48)"}, "SECRET_KEY"),
        (PRODUCTION | {"FLASK_DEBUG": "1"}, "FLASK_DEBUG"),
        (PRODUCTION | {"HOSTS": " , "}, "HOSTS"),
        (PRODUCTION | {"HOSTS": "a.example, https://b.example/"}, "HOSTS"),
        (PRODUCTION | {"HOSTS": "*"}, "HOSTS"),
        (PRODUCTION | {"HOSTS": "*.a.example"}, "HOSTS"),
        ({"DATABASE_URL": "postgresql+psycopg2://u@h/d"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql+asyncpg://u@h/d"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://u@h:port/d"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql:u@h/d"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://u@a:1,b:port/d"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://u@a,,b/d"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://u@[::1,b/d"}, "DATABASE_URL"),
        ({"DATABASE_URL": "mysql://h/d"}, "DATABASE_URL"),
        ({"DATABASE_URL": "sqlite+aiosqlite:///x.db"}, "DATABASE_URL"),
        ({"DATABASE_URL": "sqlite:///"}, "DATABASE_URL"),
        ({"DATABASE_OWNER_URL": "postgresql://u@h/d"}, "DATABASE_OWNER_URL"),  # beside SQLite
        (
            {"DATABASE_URL": "postgresql://u@h/d", "DATABASE_OWNER_URL": "sqlite:////x.db"},
            "DATABASE_OWNER_URL",
        ),
        ({"DATABASE_URL": "sqlite:///:memory:"}, "DATABASE_URL"),
        (STRIPE | {"STRIPE_SECRET_KEY": "pk_test_a"}, "STRIPE_SECRET_KEY"),
        (STRIPE | {"STRIPE_WEBHOOK_SECRET": ""}, "STRIPE_WEBHOOK_SECRET"),
        (STRIPE | {"MODE": "live"}, "STRIPE_SECRET_KEY does not fit MODE=live"),
        (PRODUCTION | STRIPE, "STRIPE_SECRET_KEY does not fit MODE=live"),
        (STRIPE | {"STRIPE_SECRET_KEY": "rk_live_a"}, "STRIPE_SECRET_KEY does not fit MODE=test"),
        (
            STRIPE | {"STRIPE_SECRET_KEY": simulator_key(FIT_SECRET_KEY)},
            "KEY is that of the payment simulator",
        ),
        (
            STRIPE | {"STRIPE_WEBHOOK_SECRET": simulator_secret(FIT_SECRET_KEY)},
            "SECRET is that of the payment simulator",
        ),
    ],
)
def test_a_bad_value_is_named(tmp_path: Path, environ: dict[str, str], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        read_config(environ, tmp_path)


@pytest.mark.parametrize("damaged", [b"", b"\0" * 64, b" " * 64, b"\xff\xfe" * 32, b"short"])
def test_a_damaged_secret_key_is_named(tmp_path: Path, damaged: bytes) -> None:
    """Caught: taking whatever text is in the file for a key."""
    (tmp_path / "secret_key").write_bytes(damaged)
    with pytest.raises(ConfigError, match="secret_key is damaged"):
        read_config({}, tmp_path)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """Caught: a traceback. A file stands in for missing rights, which root does not lack."""
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="instance cannot be written"):
        read_config({}, tmp_path / "file" / "instance")
