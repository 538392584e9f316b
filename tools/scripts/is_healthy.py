"""Whether the Scrip that the environment describes answers: status 0, or 1 with a reason."""

import sys
from http.client import HTTPConnection, HTTPException

from config import read_config

PATIENCE_SECONDS = 5


def main() -> None:
    config = read_config()
    host = {"Host": config.hosts[0]} if config.hosts else {}
    connection = HTTPConnection("127.0.0.1", config.port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", "/healthz", headers=host)
        answer = connection.getresponse()
    except (OSError, HTTPException) as problem:
        sys.exit(f"Scrip does not answer at port {config.port}: {problem}")
    if answer.status != 200:
        sys.exit(f"Scrip answers {answer.status}: its database does not.")


if __name__ == "__main__":
    main()
