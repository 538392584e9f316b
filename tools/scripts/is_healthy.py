"""Whether the Scrip that the environment describes answers and can write: status 0, or 1 with a
reason."""

import sys
from http.client import HTTPConnection, HTTPException

from config import read_config

PATIENCE_SECONDS = 2
# What is asked, and what it means when the answer is no.
SIGNS = {
    "/healthz": "its database does not answer",
    "/readyz": "its database takes no writes",
}


def main() -> None:
    config = read_config()
    host = {"Host": config.hosts[0]} if config.hosts else {}
    for path, meaning in SIGNS.items():
        status = ask(config.port, path, host)
        if status != 200:
            sys.exit(f"Scrip answers {status} at {path}: {meaning}.")


def ask(port: int, path: str, headers: dict[str, str]) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", path, headers=headers)
        return connection.getresponse().status
    except (OSError, HTTPException) as problem:
        sys.exit(f"Scrip does not answer at port {port}: {problem}")
    finally:
        connection.close()


if __name__ == "__main__":
    main()
