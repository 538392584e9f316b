"""What each worker of the server runs."""

import gc
import multiprocessing
import signal
from wsgiref.types import WSGIApplication


def worker_app() -> WSGIApplication:
    """The application, loaded without searches for garbage.

    All that is loaded here stays. Searches would take a tenth of the start, and later ones would
    go through all of it again: each would hold up a request for a tenth of a second.
    """
    # Ctrl-C reaches every process, and a worker that is told to stop twice can hang.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    # The handler that comes along from the server's own process does nothing here: a worker told to
    # stop while it loads would be waited for until it is killed.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    gc.disable()
    _end_with_the_server()
    from app import create_web_app, read_config_or_stop  # noqa: PLC0415
    from blueprints import logs  # noqa: PLC0415

    config = read_config_or_stop()
    logs.set_up(config)
    app = create_web_app(config)
    gc.freeze()
    gc.enable()
    return app


def _end_with_the_server() -> None:
    """Killed at once, as by systemd when the main process is gone: one that took its time would
    hold the port, and answer beside those of the next start."""
    from processes import end_with  # noqa: PLC0415

    server = multiprocessing.parent_process()
    if server and server.pid:
        end_with(server.pid, signal.SIGKILL)
