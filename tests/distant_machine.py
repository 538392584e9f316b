"""A PostgreSQL on a machine of its own, as far as the network can tell, and the cable to it.

A network namespace of Linux, which only root may make.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from tests.postgres import OWNER, Server, server_in_folder

NAME = "scrip-tests"
HERE, THERE = "10.213.0.1", "10.213.0.2"  # on a network of these two alone
INSIDE = ("ip", "netns", "exec", NAME)
PLUG_IN = (
    f"ip netns add {NAME}",
    f"ip link add scrip0 type veth peer name scrip1 netns {NAME}",
    f"ip addr add {HERE}/30 dev scrip0",
    "ip link set scrip0 up",
    f"ip netns exec {NAME} ip addr add {THERE}/30 dev scrip1",
    f"ip netns exec {NAME} ip link set scrip1 up",
)
UNPLUG = ("ip link del scrip0", f"ip netns del {NAME}")
CUT = f"ip netns exec {NAME} ip link set scrip1 down"
MEND = f"ip netns exec {NAME} ip link set scrip1 up"
URL = f"postgresql+psycopg://{OWNER}@{THERE}/postgres"


@contextmanager
def distant_server() -> Iterator[Server]:
    """Reached at `URL`. Raises CalledProcessError without the rights."""
    try:
        for command in PLUG_IN:
            subprocess.run(command.split(), check=True, capture_output=True)
        with server_in_folder((f"listen_addresses={THERE}",)) as plain:
            server = replace(plain, inside=INSIDE)
            server.make()
            with (server.folder / "data" / "pg_hba.conf").open("a") as lets_in:
                lets_in.write(f"host all all {HERE}/32 trust\n")
            server.start()
            yield server
    finally:
        for command in UNPLUG:
            subprocess.run(command.split(), check=False, capture_output=True)


def cut_cable() -> None:
    subprocess.run(CUT.split(), check=True)


def mend_cable() -> None:
    subprocess.run(MEND.split(), check=True)
