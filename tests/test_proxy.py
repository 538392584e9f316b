"""The proxy of deploy/nginx.conf before a real server: what it limits, hides and answers itself."""

import json
import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from http.client import HTTPResponse, HTTPSConnection
from pathlib import Path

import pytest

from blueprints.security_headers import HEADERS, HSTS
from tests.conftest import config_for
from tests.nginx import LITTLE, proxy
from tests.production import SITE, Visitor, behind_the_proxy
from tests.real_server import ROOT, free_port
from tests.real_worker import wait_until

GUIDE = (ROOT / "docs/production.md").read_text()
FORWARDED = {"Host", "X-Forwarded-Host", "X-Forwarded-For", "X-Forwarded-Proto"}
OWN = HEADERS | {"Cache-Control": "no-store", "Strict-Transport-Security": HSTS}
VISITOR = re.compile(r'"~(\S+)" \$scrip_\w*network;')
# As LITTLE has it.
ASKED_AT_ONCE, CONNECTIONS = 50, 10


@pytest.fixture(scope="module")
def visitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    folder = tmp_path_factory.mktemp("proxy")
    database = config_for(folder / "scrip.db").database_url
    with behind_the_proxy(database, folder, LITTLE) as visitor:
        yield visitor


def speak(port: int, *words: str, encrypted: bool = True) -> HTTPResponse:
    """The answer to these lines, whatever they are."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    if encrypted:
        trusting = ssl._create_unverified_context()  # noqa: S323 - the certificate is nobody's
        connection = trusting.wrap_socket(connection)
    with connection:
        connection.sendall("".join(f"{word}\r\n" for word in words).encode() + b"\r\n")
        answer = HTTPResponse(connection)
        answer.begin()
        answer.read()
        return answer


def connect(port: int, address: str) -> HTTPSConnection:
    """From this address."""
    trusting = ssl._create_unverified_context()  # noqa: S323 - the certificate is nobody's
    source = (address, 0)
    return HTTPSConnection("127.0.0.1", port, timeout=30, context=trusting, source_address=source)


def ask_often(
    port: int, count: int, method: str, path: str, address: str = "127.0.0.1"
) -> list[HTTPResponse]:
    """As fast as it goes, on one connection."""
    connection = connect(port, address)
    answers = []
    for _ in range(count):
        connection.request(method, path, headers={"Host": SITE})
        answers.append(connection.getresponse())
        answers[-1].read()
    connection.close()
    return answers


def headers_of(answer: HTTPResponse, wanted: Mapping[str, str]) -> dict[str, str | None]:
    return {name: ", ".join(answer.headers.get_all(name) or ()) for name in wanted}


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, ["nonsense"]),
        (400, ["GET / HTTP/1.1"]),  # to no host
        (400, ["GET / HTTP/1.1", f"Host: {SITE}", f"X: {'x' * 9_000}"]),  # 494
        (400, ["GET / HTTP/1.1", f"Host: {SITE}", "Content-Length: one"]),
        (405, ["TRACE / HTTP/1.1", f"Host: {SITE}"]),
        (413, ["POST /login HTTP/1.1", f"Host: {SITE}", "Content-Length: 70000"]),
        (414, [f"GET /{'x' * 9_000} HTTP/1.1", f"Host: {SITE}"]),
        (501, ["POST / HTTP/1.1", f"Host: {SITE}", "Transfer-Encoding: x"]),
        (505, ["GET / HTTP/3.0", f"Host: {SITE}"]),
    ],
)
def test_errors_of_the_proxy_bring_all_headers(
    visitor: Visitor, status: int, words: list[str]
) -> None:
    """Caught: the answers of nginx as they come, without any of them."""
    answer = speak(visitor.port, *words)
    assert answer.status == status
    assert headers_of(answer, OWN) == OWN
    assert len(answer.headers["X-Request-Id"]) == 32
    assert answer.headers["Server"] == "nginx"


def test_other_doors_of_the_proxy_bring_headers_too(visitor: Visitor, tmp_path: Path) -> None:
    """Caught: HTTP at the port for HTTPS, and Scrip away, without them."""
    plain = speak(visitor.port, "GET / HTTP/1.1", f"Host: {SITE}", encrypted=False)  # 497
    assert (plain.status, headers_of(plain, OWN)) == (400, OWN)
    with proxy(tmp_path, SITE, free_port()) as port:
        away = speak(port, "GET / HTTP/1.1", f"Host: {SITE}")
    assert (away.status, away.headers["Retry-After"]) == (503, "5")
    assert headers_of(away, OWN) == OWN


def test_answers_of_scrip_keep_their_headers(visitor: Visitor) -> None:
    """Caught: the proxy's headers on all answers, which came twice, and made files no-store."""
    page = visitor.ask("/login")[0]
    assert headers_of(page, OWN) == OWN
    file = visitor.ask("/static/css/scrip.css")[0]
    assert "no-store" not in file.headers["Cache-Control"]
    framed = visitor.ask("/embed/packages?country=TR")[0]
    assert len(framed.headers.get_all("Content-Security-Policy") or ()) == 1
    assert len(framed.headers.get_all("X-Request-Id") or ()) == 1


def test_who_asks_too_often_waits_and_others_do_not(visitor: Visitor) -> None:
    """Caught: a limit for all addresses together; and one that counted files and checks."""
    answers = ask_often(visitor.port, 2 * ASKED_AT_ONCE, "HEAD", "/packages", "127.0.0.2")
    assert 429 not in {answer.status for answer in answers[:ASKED_AT_ONCE]}
    refused = answers[-1]
    assert (refused.status, refused.headers["Retry-After"]) == (429, "5")
    assert headers_of(refused, OWN) == OWN
    for path in ("/static/css/scrip.css", "/healthz"):
        assert {a.status for a in ask_often(visitor.port, 50, "GET", path, "127.0.0.2")} == {200}
    assert ask_often(visitor.port, 1, "GET", "/packages", "127.0.0.3")[0].status < 400


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("127.0.1.1", "/login"),
        ("127.0.1.2", "/account/sign-in"),
        ("127.0.1.3", "/account/email/code"),
        ("127.0.1.4", "/checkout/1"),
    ],
)
def test_what_can_be_guessed_or_costs_has_a_limit_of_its_own(
    visitor: Visitor, address: str, path: str
) -> None:
    """Caught: counted by the method alone, where a page that is only looked at counts too."""
    assert 429 not in {a.status for a in ask_often(visitor.port, 10, "GET", path, address)}
    tried = [answer.status for answer in ask_often(visitor.port, 10, "POST", path, address)]
    assert 429 not in tried[:5]
    assert tried[-1] == 429
    assert ask_often(visitor.port, 1, "GET", path, address)[0].status != 429
    assert ask_often(visitor.port, 1, "POST", path, "127.0.1.9")[0].status != 429


def test_an_address_has_so_many_connections_and_others_have_theirs(visitor: Visitor) -> None:
    """Caught: no limit; who sends slowly from one address took the places of all."""
    file = "/static/css/scrip.css"
    with ExitStack() as stack:
        for _ in range(CONNECTIONS):
            slow = stack.enter_context(closing(connect(visitor.port, "127.0.0.4")))
            slow.request("POST", "/packages", headers={"Host": SITE, "Content-Length": "1"})
        refused = ask_often(visitor.port, 1, "GET", file, "127.0.0.4")[0]
        assert (refused.status, headers_of(refused, OWN)) == (429, OWN)
        assert ask_often(visitor.port, 1, "GET", file, "127.0.0.5")[0].status == 200
    wait_until(lambda: ask_often(visitor.port, 1, "GET", file, "127.0.0.4")[0].status == 200)


def test_a_header_with_underscores_does_not_arrive(visitor: Visitor) -> None:
    """Caught: underscores_in_headers on: WSGI gives X_Forwarded_For the name of the real one."""
    forged = ("X_Forwarded_For: 203.0.113.9", "X_Forwarded_Host: evil.example")
    answer = speak(visitor.port, "GET /login?forged HTTP/1.1", f"Host: {SITE}", *forged)
    assert answer.status == 200
    id = answer.headers["X-Request-Id"]
    wait_until(lambda: any(id in line for line in visitor.log))
    (line,) = [json.loads(line) for line in visitor.log if id in line]
    assert line["address"] == "127.0.0.1"


def test_visitors_of_one_network_are_counted_together() -> None:
    """Caught: whole addresses of IPv6, of which each visitor has more than can be counted."""
    conf = (ROOT / "deploy/nginx.conf").read_text()
    patterns = [re.compile(found.replace("?<", "?P<")) for found in VISITOR.findall(conf)]

    def visitor_of(address: str) -> str:
        found = (pattern.search(address) for pattern in patterns)
        return next((match[1] for match in found if match), address)

    assert visitor_of("203.0.113.9") == "203.0.113.9"
    assert visitor_of("2001:db8:1:2:3:4:5:6") == visitor_of("2001:db8:1:2::7") == "2001:db8:1:2"
    assert visitor_of("2001:db8:1:3::7") != visitor_of("2001:db8:1:2::7")
    assert visitor_of("2001:db8::1") == visitor_of("2001:db8::2:1") == "2001:db8"


def test_slow_clients_are_cut_off() -> None:
    conf = (ROOT / "deploy/nginx.conf").read_text()
    waits = re.findall(r"(client_header|client_body|send|keepalive)_timeout (\d+)s;", conf)
    assert {name for name, _ in waits} == {"client_header", "client_body", "send", "keepalive"}
    assert all(int(seconds) <= 30 for _, seconds in waits)
    assert conf.count("client_header_timeout") == 2  # of both ports


def test_the_proxy_sets_what_scrip_believes() -> None:
    """Caught: X-Forwarded-Host left out; visitors could send their own."""
    conf = (ROOT / "deploy/nginx.conf").read_text()
    assert FORWARDED | {"X-Request-Id"} <= set(re.findall(r"proxy_set_header (\S+)", conf))
    template = re.search(r"envsubst '([^']+)' < deploy/nginx.conf", GUIDE)
    assert template
    assert set(template[1].split()) == {f"${name}" for name in re.findall(r"\$\{(\w+)\}", conf)}


def test_the_proxy_compresses_nothing_that_holds_a_token() -> None:
    """Caught: nothing said, where Debian's nginx compresses every page."""
    server = (ROOT / "deploy/nginx.conf").read_text().rpartition("server {")[2]
    before, _, static = server.partition("location /static/ {")
    assert re.findall(r"gzip (\w+);", before) == ["off"]
    assert "gzip on;" in static


def test_the_proxy_keeps_what_lets_people_in_out_of_its_logs() -> None:
    """Caught: nginx's usual log, which holds addresses whole, and those of referring pages."""
    conf = (ROOT / "deploy/nginx.conf").read_text()
    servers = conf.split("server {")[1:]
    assert all("access_log /var/log/nginx/access.log scrip;" in server for server in servers)
    noted = re.search(r"log_format scrip '([^']+)'", conf)
    assert noted
    assert not {"$request", "$request_uri", "$http_referer", "$uri"} & set(noted[1].split())
    assert re.search(r"map \$uri \$scrip_path \{\s+~\*\^/preview/", conf)
    assert re.search(r"map \$uri \$scrip_path \{[^}]+~\*\^/pay/ /pay/\.\.\.;", conf)
    for begin in ("/invitation/", "/password/"):
        assert f"~*^{begin} {begin}...;" in conf
    for place in ("/preview/", "/pay/", "/invitation/", "/password/", "= /enter"):
        location = conf.partition(f"location {place} {{")[2].partition("}")[0]
        assert "error_log /dev/null" in location, place


def test_the_proxy_gives_up_a_process_that_stands_still(tmp_path: Path) -> None:
    """Caught: nginx's own minute, and a sentence about a restart for what may have been kept. What
    asks others, or writes much, may take longer."""
    soon = {"read_timeout 6s;": "read_timeout 100ms;", "read_timeout 30s;": "read_timeout 200ms;"}
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        proxy(tmp_path, SITE, silent.getsockname()[1], soon) as port,
    ):
        for line in ("GET /packages", "POST /login", "POST /checkout/1"):
            answer = speak(port, f"{line} HTTP/1.1", f"Host: {SITE}", "Content-Length: 0")
            assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
            assert headers_of(answer, OWN) == OWN
    conf = (ROOT / "deploy/nginx.conf").read_text()
    assert "look whether it was kept" in conf.partition("location @silent {")[2].partition("}")[0]


def test_the_proxy_asks_for_patience_while_scrip_is_away() -> None:
    """Caught: nginx's bare 502, which says nothing about when to come back."""
    conf = (ROOT / "deploy/nginx.conf").read_text()
    away = conf.partition("location @away {")[2].partition("}")[0]
    assert "error_page 502 =503 @away;" in conf
    assert "return 503" in away
