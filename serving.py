"""The production server: its command, and where it answers. The payment simulator beside it."""

import hashlib
import socket
import sys
from pathlib import Path

import click
from sqlalchemy import make_url

from config import INSTANCE, Config
from domain.purchases.payments.simulator_keys import simulator_key, simulator_secret

HERE = Path(__file__).parent
# Made when they are needed. Requests wait in them for one of a few slots, and files pass:
# see blueprints/concurrency_limit.py.
THREADS_PER_WORKER = 64
STOP_SECONDS = 20


def refuse_taken_port(host: str, port: int, names: str = "HOST or PORT") -> None:
    """`names` are the variables that choose another one."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as problem:
        reason = problem.strerror or problem
        raise click.ClickException(
            f"Cannot serve at {host}, port {port}: {reason}. "
            f"Set {names}, or stop what is running there."
        ) from problem


def addresses(config: Config) -> str:
    """And that credits are not for real, where it is so."""
    root = root_address(config)
    mode = "\nMode: test" if config.mode == "test" else ""
    return f"For admins: {root}/settings/credit-packages/\nFor buyers: {root}/packages{mode}"


def root_address(config: Config) -> str:
    host = "localhost" if config.host in ("0.0.0.0", "::") else config.host  # noqa: S104 - only shown
    return f"http://{f'[{host}]' if ':' in host else host}:{config.port}"


def simulator_environ(config: Config) -> dict[str, str]:
    """What the payment simulator reads: see simulator/settings.py."""
    return {
        "SIMULATOR_PORT": str(config.simulator_port),
        "SIMULATOR_FILE": str(simulator_file(config.database_url)),
        "SIMULATOR_KEY": simulator_key(config.secret_key),
        "SIMULATOR_SECRET": simulator_secret(config.secret_key),
        "SIMULATOR_WEBHOOK_URL": f"{root_address(config)}/webhooks/stripe",
    }


def simulator_file(database_url: str) -> Path:
    """Beside a database that is a file; of others each has its own in `instance`."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        return Path(url.database or "").with_suffix(".simulator.db")
    which = hashlib.sha256(database_url.encode()).hexdigest()[:8]
    return INSTANCE / f"{which}.simulator.db"


def server_command(config: Config, factory: str = "wsgi:worker_app") -> list[str]:
    """The server, with what `factory` makes in each worker."""
    options = {
        "--interface": "wsgi",
        "--host": config.host,
        "--port": config.port,
        "--workers": config.workers,
        "--blocking-threads": THREADS_PER_WORKER,
        "--http": "1",
        "--working-dir": HERE,
        "--workers-kill-timeout": STOP_SECONDS,
        "--log-level": "error",
    }
    arguments = [str(part) for option in options.items() for part in option]
    command = [sys.executable, "-m", "granian", "--factory", "--no-ws", "--respawn-failed-workers"]
    return [*command, *arguments, factory]
