"""The production server: its command, and where it answers."""

import socket
import sys
from pathlib import Path

import click

from config import Config

HERE = Path(__file__).parent
THREADS_PER_WORKER = 8
STOP_SECONDS = 20


def refuse_taken_port(config: Config) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            config.host, config.port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as problem:
        reason = problem.strerror or problem
        raise click.ClickException(
            f"Cannot serve at {config.host}, port {config.port}: {reason}. "
            "Set HOST or PORT, or stop what is running there."
        ) from problem


def addresses(config: Config) -> str:
    """And that credits are not for real, where it is so."""
    host = "localhost" if config.host in ("0.0.0.0", "::") else config.host  # noqa: S104 - only shown
    root = f"http://{f'[{host}]' if ':' in host else host}:{config.port}"
    mode = "\nMode: test" if config.mode == "test" else ""
    return f"For admins: {root}/settings/credit-packages/\nFor buyers: {root}/packages{mode}"


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
