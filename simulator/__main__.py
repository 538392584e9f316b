"""`python -m simulator`: serves until it is told to stop."""

import logging
import os
import signal
import socket
import sys

from werkzeug.serving import WSGIRequestHandler, make_server

from simulator.settings import read_settings
from simulator.web import create_app


class Handler(WSGIRequestHandler):
    """Keeps lines open, as Stripe does, and says nothing of each request."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


def main() -> None:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    settings = read_settings(os.environ)
    try:
        door = socket.create_server(("127.0.0.1", settings.port))
    except OSError as problem:
        sys.exit(
            f"The payment simulator cannot serve at port {settings.port}: {problem.strerror}. "
            "Set SIMULATOR_PORT, or stop what is running there."
        )
    app = create_app(settings)
    server = make_server(
        "127.0.0.1",
        settings.port,
        app,
        threaded=True,
        request_handler=Handler,
        fd=door.fileno(),
    )
    app.extensions["sender"].start()
    server.serve_forever()


if __name__ == "__main__":
    main()
