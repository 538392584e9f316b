"""What is said when PROXIES is not the number of proxies in front."""

import logging

import pytest
from sqlalchemy import Engine

from app import create_app
from tests.conftest import ADMIN, config_for, only_sqlite, signed_in_client
from tests.html import texts

pytestmark = only_sqlite
SETTINGS = "/settings/"
ONE, TWO = "203.0.113.9", "198.51.100.1, 203.0.113.9"
UNCOUNTED = "This request came through a proxy, but PROXIES is 0"
MISSING = "but this request came through fewer"


@pytest.mark.parametrize(
    ("proxies", "headers", "said"),
    [
        (0, {}, ""),
        (0, {"X-Forwarded-For": ONE}, UNCOUNTED),
        (0, {"Forwarded": f"for={ONE}"}, UNCOUNTED),
        (0, {"X-Real-IP": ONE}, UNCOUNTED),
        (1, {"X-Forwarded-For": ONE}, ""),
        (1, {"X-Forwarded-For": TWO}, ""),
        (1, {}, MISSING),
        (2, {"X-Forwarded-For": ONE}, MISSING),
        (2, {"X-Forwarded-For": TWO}, ""),
    ],
)
@pytest.mark.usefixtures("admin")
def test_an_admin_is_told_that_the_number_does_not_fit(
    database: str,
    engine: Engine,
    caplog: pytest.LogCaptureFixture,
    proxies: int,
    headers: dict[str, str],
    said: str,
) -> None:
    """Caught: nothing said; all visitors shared one address, and one of them locked out all. Also
    a warning kept from requests of others: anybody could leave it there."""
    app = create_app(config_for(database, proxies=proxies))
    fitting = {"X-Forwarded-For": TWO} if proxies else {}
    client = signed_in_client(app, engine, ADMIN)
    for _ in range(3):
        app.test_client().get("/packages", headers=headers)
        app.test_client().get("/healthz")
    page = client.get(SETTINGS, headers=headers).text
    assert [said in text for text in texts(page, "main .message.warn")] == [True] * bool(said)
    assert texts(client.get(SETTINGS, headers=fitting).text, "main .message.warn") == []
    warnings = [r for r in caplog.records if r.name == "scrip.proxies"]
    assert [(r.levelno, said in r.getMessage()) for r in warnings] == [
        (logging.WARNING, True)
    ] * bool(said)
