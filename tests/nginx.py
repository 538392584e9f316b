"""nginx as deploy/nginx.conf sets it up, before a real server; all it writes is in a folder."""

import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from types import MappingProxyType

from tests.real_server import PATIENCE_SECONDS, ROOT, free_port
from tools.scripts.install_nginx import find_nginx

AROUND = """
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


# Limits that are reached however slow the machine is.
LITTLE = {"rate=50r/s": "rate=1r/m", "rate=1r/s": "rate=1r/m", "burst=500": "burst=50"} | {
    "burst=60": "burst=5",
    "scrip_connections 300": "scrip_connections 10",
}


@contextmanager
def proxy(
    folder: Path, site: str, upstream_port: int, limits: Mapping[str, str] = MappingProxyType({})
) -> Iterator[int]:
    """The port at which it speaks TLS for `site`, with a certificate that it signed itself."""
    plain, secure = free_port(), free_port()
    written = {
        "${SITE}": site,
        "${UPSTREAM}": f"127.0.0.1:{upstream_port}",
        "${TLS}": str(folder),
        "/var/log/nginx": str(folder),
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ": f"listen 127.0.0.1:{secure} ",
        **limits,
    }
    conf = (ROOT / "deploy/nginx.conf").read_text()
    for old, new in written.items():
        assert old in conf
        conf = conf.replace(old, new)
    (folder / "site.conf").write_text(conf)
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder))
    _make_certificate(folder, site)
    files = ("-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log")
    process = subprocess.Popen((find_nginx(), *files))
    try:
        _wait(plain, process)
        yield secure
    finally:
        process.kill()
        process.wait()


def _make_certificate(folder: Path, site: str) -> None:
    key, certificate = folder / "privkey.pem", folder / "fullchain.pem"
    command = (
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
        *("-nodes", "-subj", f"/CN={site}", "-keyout", key, "-out", certificate),
    )
    subprocess.run(command, check=True, capture_output=True)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        assert process.poll() is None
        assert time.monotonic() < end
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/")
            assert connection.getresponse().status == 301
            return
        except OSError:
            time.sleep(0.02)
        finally:
            connection.close()
