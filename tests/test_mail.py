"""Mail: how it reads, how it travels, and how a mail server is named, reached and understood."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from blueprints.mails import HIDDEN, TEMPLATES, render
from config import ConfigError, read_config
from domain.languages import LANGUAGES
from domain.mail import smtp
from domain.mail.composing import Mail, compose
from domain.mail.errors import NotSent, Reason
from domain.mail.plain import read_html
from domain.mail.server import MailServer, Security, UnfitMailServer, read_mail_server
from tests.companies import LOTUS
from tests.conftest import FIT_SECRET_KEY, only_sqlite
from tests.mail_server import PASSWORD, USER, Moods, answering_server, mail_server, make_certificate
from tests.real_server import free_port

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
MAIL = Mail("ana@example.com", "Hi", "Merhaba Ünal\n", "<p>Merhaba Ünal</p>", "welcome:1", NOON)
SENDER = Address("Şölen", addr_spec="credits@example.com")

# Mails to an address that anybody may have typed: what each needs to know, and words of it.
SAYS: dict[str, tuple[dict[str, Any], str]] = {
    "invitation": ({"address": ""}, "Open your account"),
    "test": ({}, "Mail works"),
    "code": ({"minutes": 10}, "Enter this code"),
    "credits_given": (
        {
            **{"credits": 50, "last_day": "2026-12-31", "zone": "America/New_York"},
            **{"reason": "The call dropped", "address": ""},
        },
        "has given you 50 credits",
    ),
    "receipt": (
        {
            **{"purchase": 7, "package": "Start", "credits": 100, "receipt": "2026-000184"},
            **{"price_minor": 2089, "currency": "EUR", "consent": "2026-11", "origin": ""},
            "seller": LOTUS._asdict(),
        },
        "Right of withdrawal",
    ),
    "payment_failed": (
        {
            **{"purchase": 7, "package": "Start", "credits": 100, "origin": ""},
            **{"price_minor": 2089, "currency": "EUR"},
        },
        "You have not been charged",
    ),
    "email_changed": ({"customer": 7}, "has another email now"),
    "withdrawal": (
        {
            **{"purchase": 7, "package": "Start", "name": "Ayşe Yıldırım", "number": "2026-000184"},
            **{"text": "2026-12", "state": "queued", "currency": "EUR", "zone": "Europe/Berlin"},
            **{"unspent": 70, "kept": 30, "amount_minor": 1462, "seller": LOTUS._asdict()},
            **{"received_at": "2026-11-29T15:06:08+00:00", "is_in_time": True},
            "last_day": "2026-12-13",
        },
        "I, Ayşe Yıldırım, withdraw from the contract with the number 2026-000184.",
    ),
}


def server_at(port: int, security: Security = Security.NONE, **changes: Any) -> MailServer:  # noqa: ANN401
    return MailServer("localhost", port, security, SENDER, **changes)


def send(server: MailServer, mail: Mail = MAIL) -> NotSent | None:
    try:
        smtp.send(server, compose(mail, server.sender))
    except NotSent as error:
        return error
    return None


@pytest.fixture
def moods() -> Iterator[tuple[int, Moods]]:
    with mail_server() as server:
        yield server


# How it reads.


@only_sqlite
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_seller_without_an_address_is_named_alone(app: Flask, language: str) -> None:
    """Caught: "(Lotus Consulting, , )" while the company is not filled in."""
    data, _ = SAYS["receipt"]
    bare = dict.fromkeys(LOTUS._asdict(), "") | {"legal_name": "Lotus Consulting"}
    with app.test_request_context():
        said = render("receipt", "ana@example.com", {**data, "language": language, "seller": bare})
    assert "(Lotus Consulting)" in said.text


@only_sqlite
@pytest.mark.parametrize("topic", SAYS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mail_says_the_same_in_text_and_html(app: Flask, topic: str, language: str) -> None:
    """Caught: a template in the language of the admin who looks at it."""
    with app.test_request_context(headers={"Accept-Language": "tr"}):
        data, in_english = SAYS[topic]
        said = render(topic, "ana@example.com", {"language": language, **data})
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in said.html
    assert said.subject in said.text
    assert "ana@example.com" in said.text
    assert (said.subject, said.text) == read_html(said.html)
    assert (in_english in said.text) == (language == "en")
    for part in ("<img", "http://", "https://", "@import", "url("):
        assert part not in said.html


@only_sqlite
@pytest.mark.parametrize(
    ("topic", "address"),
    [("receipt", "/account/purchases/7/receipt"), ("payment_failed", "/checkout/purchases/7")],
)
def test_a_mail_about_a_purchase_leads_to_it(app: Flask, topic: str, address: str) -> None:
    data = SAYS[topic][0] | {"language": "en", "origin": "https://shop.example"}
    with app.app_context():
        said = render(topic, "ayse@posta.example", data)
    assert f": https://shop.example{address}\n" in said.text
    for part in ("Package: Start", "Credits: 100", "€20.89"):
        assert part in said.text
    if topic == "receipt":
        assert said.subject == "Your receipt \u20682026-000184\u2069"
        assert "Receipt: 2026-000184" in said.text
        link = "https://shop.example/withdraw?number=2026-000184&lang=en"
        assert f"Withdraw from the contract here: {link}\n" in said.text
        assert "Seller: Lotus Consulting GmbH" in said.text


@only_sqlite
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "A person looks at it, and writes to you."),
        ({"state": "refunding"}, "€14.62 goes back the way you paid."),
        (
            {"is_in_time": False},
            "could withdraw ended on 13 Dec 2026. Your",
        ),
        ({"seller": {}}, "write to us: Our platform"),
    ],
)
def test_a_withdrawal_is_acknowledged_with_date_and_time(
    app: Flask, changes: dict[str, Any], said: str
) -> None:
    """Caught: the time in UTC, with no zone."""
    data = SAYS["withdrawal"][0] | {"language": "en"} | changes
    with app.test_request_context():
        text = render("withdrawal", "ayse@posta.example", data).text
    assert "on 29 Nov 2026, 16:06 (Europe/Berlin):" in text
    assert said in text


def test_the_text_has_what_the_html_has() -> None:
    """Caught: a link without its address, a table in one line, `&amp;`."""
    html = """<title>Your
      code &amp; more</title><style>p {}</style><h1>Code</h1><p>It is <b>12</b>34.<br>Soon.</p>
      <p><a href="https://a.example/x?y&amp;z">Open</a> <a href="https://b.example">https://b.example</a>
      <table><tr><th>Credits</th><td>100</td></tr><tr><th>Ends</th><td>5 May</td></tr></table>"""
    subject, text = read_html(html)
    assert subject == "Your code & more"
    assert text.split("\n\n") == [
        "Code",
        "It is 1234.\nSoon.",
        "Open: https://a.example/x?y&z https://b.example",
        "Credits: 100",
        "Ends: 5 May\n",
    ]


@only_sqlite
def test_secrets_that_are_gone_are_dots(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    template = app.jinja_env.from_string("<p>{{ secrets.code }}, {{ data.recipient }}</p>")
    monkeypatch.setitem(TEMPLATES, "code", (template, "Code"))
    with app.app_context():
        assert render("code", "a@b.de", {"language": "en"}).text == f"{HIDDEN}, a@b.de\n"
        shown = render("code", "a@b.de", {"language": "en"}, {"code": "123456"})
    assert shown.text == "123456, a@b.de\n"


# How it travels.


def test_what_is_on_the_envelope(moods: tuple[int, Moods]) -> None:
    port, server = moods
    assert send(server_at(port)) is None
    (mail,) = server.taken
    assert mail["From"].addresses[0] == SENDER
    assert (mail["To"], mail["Subject"]) == ("ana@example.com", "Hi")
    assert mail["Date"].datetime == NOON
    assert mail["Auto-Submitted"] == "auto-generated"
    text, html = mail.iter_parts()
    assert isinstance(text, EmailMessage)
    assert isinstance(html, EmailMessage)
    assert text.get_content() == "Merhaba Ünal\r\n"
    assert (html.get_content_type(), html.get_content()) == ("text/html", "<p>Merhaba Ünal</p>\r\n")


def test_a_further_try_is_the_same_mail() -> None:
    """Caught: the key alone, which the same act in another database has too."""
    later = replace(MAIL, written_at=NOON + timedelta(microseconds=1))
    ids = [compose(mail, SENDER)["Message-ID"] for mail in (MAIL, MAIL, later)]
    assert ids[0] == ids[1] != ids[2]
    assert ids[0].endswith("@example.com>")


@pytest.mark.parametrize(
    ("recipient", "written"),
    [
        ("ana@münchen.example", "ana@xn--mnchen-3ya.example"),
        ("ana+x@example.com", "ana+x@example.com"),
        ("josé@example.com", "josé@example.com"),
        ('"a b"@example.com', None),
        ("ana@example..com", None),
        (".ana@example.com", None),
        ("ana@[127.0.0.1]", None),
        ("ana(x)@example.com", None),
        ("<script>@example.com", None),
        ("ana@127.0.0.1", None),
        ("ana@example.com.", None),
        ("a,b@example.com", None),
        ("a@b@example.com", None),
        ("ana@", None),
        ("ana@-x-.example", None),
        ("ana\nBcc: all@example.com@example.com", None),
    ],
)
def test_a_recipient_is_one_address(recipient: str, written: str | None) -> None:
    """Caught: a line break that adds a header."""
    mail = Mail(recipient, "Hi", "", "", "key", NOON)
    if written is None:
        with pytest.raises(NotSent) as error:
            compose(mail, SENDER)
        assert (error.value.reason, error.value.is_permanent) == (Reason.ADDRESS, True)
    else:
        assert compose(mail, SENDER)["To"].addresses[0].addr_spec == written


def test_a_subject_is_one_line() -> None:
    mail = Mail("a@b.de", "Hi\r\nBcc: all@example.com", "", "", "key", NOON)
    assert compose(mail, SENDER)["Subject"] == "Hi Bcc: all@example.com"


# How the mail server is understood.


@pytest.mark.parametrize(
    ("mood", "reason", "is_permanent"),
    [
        ({"data": "451 try later"}, Reason.BUSY, False),
        ({"data": "554 no"}, Reason.REFUSED, True),
        ({"rcpt": "450 greylisted"}, Reason.BUSY, False),
        ({"rcpt": "550 no such user"}, Reason.RECIPIENT, True),
        ({"rcpt": "550 5.1.1 no such user"}, Reason.RECIPIENT, True),
        ({"rcpt": "530 5.7.0 sign in"}, Reason.SIGN_IN, False),
        ({"rcpt": "535 sign in"}, Reason.SIGN_IN, False),
        ({"rcpt": "554 5.7.1 relay access denied"}, Reason.NOT_ALLOWED, False),
        ({"data": "550 5.7.26 not signed"}, Reason.NOT_ALLOWED, False),
        ({"rcpt": "552 no room"}, Reason.MAILBOX_FULL, True),
        ({"rcpt": "452 4.2.2 no room"}, Reason.MAILBOX_FULL, False),
        ({"data": "552 5.2.2 no room"}, Reason.MAILBOX_FULL, True),
        ({"data": "552 5.3.4 too big"}, Reason.REFUSED, True),
        ({"mail": "451 try later"}, Reason.BUSY, False),
        ({"mail": "553 not you"}, Reason.SENDER, False),
        ({"mail": "530 sign in"}, Reason.SIGN_IN, False),
        ({"mail": "421 closing"}, Reason.BUSY, False),
    ],
)
def test_for_good_or_for_now(
    moods: tuple[int, Moods], mood: dict[str, str], reason: Reason, is_permanent: bool
) -> None:
    """Caught: 5xx to a sign-in, sender or relay, where the set-up is wrong: all mails given up."""
    port, server = moods
    for name, answer in mood.items():
        setattr(server, name, answer)
    error = send(server_at(port))
    assert error
    assert (error.reason, error.is_permanent) == (reason, is_permanent)
    assert error.reply == next(iter(mood.values()))[4:]
    assert server.taken == []


@pytest.mark.parametrize(
    ("answers", "reason", "reply"),
    [
        (["554 no mail from you"], Reason.TURNED_AWAY, "no mail from you"),
        (["421 too many"], Reason.BUSY, "too many"),
        (["220 hello", "550 who?", "550 5.7.1 who?"], Reason.TURNED_AWAY, "5.7.1 who?"),
        (["HTTP/1.1 400 Bad Request"], Reason.NO_MAIL_SERVER, "/1.1 400 Bad Request"),
        (["SSH-2.0-OpenSSH"], Reason.NO_MAIL_SERVER, "2.0-OpenSSH"),
        (["x" * 9000], Reason.NO_MAIL_SERVER, "Line too long."),
    ],
)
def test_who_answers_is_said(answers: list[str], reason: Reason, reply: str) -> None:
    """Caught: "asks to try again later" from a web server."""
    with answering_server(answers) as port:
        error = send(server_at(port))
    assert error
    assert (error.reason, error.is_permanent) == (reason, False)
    assert error.reply in reply


def test_letters_that_a_server_cannot_write() -> None:
    mail = replace(MAIL, recipient="jos\u00e9@example.com")
    with answering_server(["220 hello", "250 me", "221 bye"]) as port:
        error = send(server_at(port), mail)
    assert error
    assert (error.reason, error.is_permanent) == (Reason.LETTERS, True)


def test_a_server_without_sign_in() -> None:
    with answering_server(["220 hello", "250 me", "221 bye"]) as port:
        error = send(server_at(port, user=USER, password=PASSWORD))
    assert error
    assert (error.reason, error.is_permanent) == (Reason.NO_SIGN_IN, False)


def test_a_mail_that_was_taken_is_sent_whatever_follows(moods: tuple[int, Moods]) -> None:
    """Caught: `with SMTP()`, which fails when the goodbye does, and so sends it again."""
    port, server = moods
    server.goodbye = "421 too many"
    assert send(server_at(port)) is None
    assert len(server.taken) == 1


def test_a_server_that_is_slow_is_waited_for(
    moods: tuple[int, Moods], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: one timeout for all answers: the mail is delivered, and sent again."""
    monkeypatch.setattr(smtp, "ANSWER_SECONDS", 0.3)
    port, server = moods
    server.seconds = 0.6
    assert send(server_at(port)) is None


def test_only_the_answer_to_a_whole_mail_is_waited_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Caught: the long timeout from DATA on, and after it: ten minutes for a server that hangs."""
    monkeypatch.setattr(smtp, "ANSWER_SECONDS", 0.2)
    ok = ["220 hello", "250 me", "250 sender", "250 recipient"]
    with answering_server(ok) as port:
        error = send(server_at(port))
    assert error
    assert error.reason == Reason.TOO_SLOW
    with answering_server([*ok, "354 go on", "554 no"]) as port:
        error = send(server_at(port))
    assert error
    assert error.reason == Reason.REFUSED


@pytest.mark.parametrize(
    ("answer", "reason"),
    [("250 ok", None), ("251 ok", None), ("hm", Reason.UNCONFIRMED), ("354 x", Reason.UNCONFIRMED)],
)
def test_any_answer_but_a_refusal_may_mean_that_it_was_taken(
    answer: str, reason: Reason | None
) -> None:
    """Caught: 251 for a whole mail, and what is no answer: sent again eleven times."""
    ok = ["220 hello", "250 me", "250 sender", "250 recipient", "354 go on"]
    with answering_server([*ok, answer]) as port:
        error = send(server_at(port))
    assert (error and error.reason) == reason


def test_a_server_that_hangs_is_left(
    moods: tuple[int, Moods], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "ANSWER_SECONDS", 0.2)
    monkeypatch.setattr(smtp, "CONFIRM_SECONDS", 0.2)
    port, server = moods
    server.seconds = 60
    error = send(server_at(port))
    assert error
    assert (error.reason, error.is_permanent) == (Reason.UNCONFIRMED, False)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        error = send(server_at(silent.getsockname()[1]))
    assert error
    assert (error.reason, error.is_permanent) == (Reason.TOO_SLOW, False)


def test_a_server_that_is_not_there() -> None:
    for server in (
        server_at(free_port()),
        MailServer("nowhere.invalid", 25, Security.NONE, SENDER),
    ):
        error = send(server)
        assert error
        assert (error.reason, error.is_permanent) == (Reason.UNREACHABLE, False)


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_tls_is_for_servers_that_are_trusted(
    security: Security, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: a context that checks nothing, which is what smtplib makes by itself."""
    certificate = make_certificate(tmp_path, "localhost")
    signed_in = {"user": USER, "password": PASSWORD}
    with mail_server(certificate, at_once=security is Security.TLS) as (port, server):
        error = send(server_at(port, security, **signed_in))
        assert error
        assert (error.reason, error.reply) == (Reason.NOT_SECURE, "certificate verify failed")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        assert send(server_at(port, security, **signed_in)) is None
        wrong = send(server_at(port, security, user=USER, password="wrong"))
        assert wrong
        assert (wrong.reason, wrong.is_permanent) == (Reason.SIGN_IN, False)
        assert len(server.taken) == 1


def test_without_tls_nothing_is_said(moods: tuple[int, Moods]) -> None:
    """Caught: STARTTLS where it is offered, which whoever sits between takes out."""
    port, server = moods
    error = send(server_at(port, Security.STARTTLS, user=USER, password=PASSWORD))
    assert error
    assert (error.reason, error.is_permanent) == (Reason.NOT_SECURE, False)
    assert not server.arrived.is_set()


# How it is named.


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("smtp://mail.example", ("mail.example", 587, Security.STARTTLS, "", "")),
        ("smtp://a:b%40%2F@mail.example:25", ("mail.example", 25, Security.STARTTLS, "a", "b@/")),
        ("smtps://a:b@mail.example", ("mail.example", 465, Security.TLS, "a", "b")),
        ("smtp://localhost:1025", ("localhost", 1025, Security.NONE, "", "")),
        ("smtp://a:b@127.0.0.2", ("127.0.0.2", 587, Security.NONE, "a", "b")),
        ("smtp://[::1]:25", ("::1", 25, Security.NONE, "", "")),
        ("smtp+plain://mail", ("mail", 25, Security.NONE, "", "")),
    ],
)
def test_mail_urls(url: str, where: tuple[object, ...]) -> None:
    server = read_mail_server(url, "Scrip <credits@example.com>")
    found = (server.host, server.port, server.security, server.user, server.password)
    assert found == where
    assert server.sender == Address("Scrip", addr_spec="credits@example.com")
    assert "b@/" not in repr(server)


@pytest.mark.parametrize(
    "url",
    [
        *("mail.example", "http://mail.example", "smtp://:25", "smtp://mail.example:x"),
        *("smtp://a@mail.example", "smtp://a:b/c@mail.example", "smtp://mail.example?tls=1"),
        *("smtp://a:ü@mail.example", "smtp+plain://a:b@mail.example", "smtp://[::1"),
        *("smtp://a b", "smtp://-", "smtp://h:0", "smtp://-a.example", "smtp://a..b"),
        *(f"smtp://{'a' * 64}.example", "smtp://a:@mail.example", "smtp://:b@mail.example"),
    ],
)
def test_a_bad_mail_url_is_one_sentence(url: str, tmp_path: Path) -> None:
    environ = {"MAIL_URL": url, "MAIL_FROM": "a@b.de"}
    with pytest.raises(ConfigError, match=r"^MAIL_URL ") as refused:
        read_config(environ, tmp_path)
    assert url not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Scrip",
        "a@",
        "a@b.de, c@d.de",
        "a@b.de\nBcc: x@y.de",
        "ä@b.de",
        "Scrip <a@b.de",
        "a@-.de",
        "Scrip, Inc <a@b.de>",
    ],
)
def test_a_bad_sender_is_one_sentence(text: str) -> None:
    with pytest.raises(UnfitMailServer, match=r"^MAIL_FROM is missing or no address\."):
        read_mail_server("smtp://mail.example", text)


def test_mail_is_kept_where_there_is_no_production(tmp_path: Path) -> None:
    """Caught: in production too, where nobody would get a code."""
    production = {"PRODUCTION": "1", "HOSTS": "a.example", "SECRET_KEY": FIT_SECRET_KEY}
    server = {"MAIL_URL": "smtps://mail.example", "MAIL_FROM": "Ünal <a@münchen.example>"}
    assert read_config({}, tmp_path).keeps_mail
    assert not read_config(production, tmp_path).keeps_mail
    assert not read_config(server, tmp_path).keeps_mail
    sender = read_mail_server(server["MAIL_URL"], server["MAIL_FROM"]).sender
    assert str(sender) == "Ünal <a@xn--mnchen-3ya.example>"


def test_contexts_check_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    certificate = make_certificate(tmp_path, "other.example")
    with mail_server(certificate, at_once=True) as (port, _server):
        error = send(server_at(port, Security.TLS))
    assert error
    assert error.reason == Reason.NOT_SECURE
