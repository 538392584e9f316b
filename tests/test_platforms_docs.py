"""docs/platforms.md shows how a platform hands its users over, in Python that runs."""

import os
import re
import subprocess
import sys
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from domain.platforms.errors import Reason
from tests.hosts import ORIGIN, SCRIP, new_host
from tests.html import values

PAGE = Path(__file__).parent.parent / "docs" / "platforms.md"


def test_the_example_hands_a_user_over(client: FlaskClient, session: Session) -> None:
    (script,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    host = new_host(session)
    key = {"SCRIP": SCRIP, "SCRIP_KEY_ID": host.key.id, "SCRIP_SECRET": host.key.secret}
    run = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", script],
        env=os.environ | key,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        check=True,
    )
    (token,) = values(run.stdout, "form[action='http://localhost/enter'] [name=token]", "value")
    client.post("/enter", data={"token": token}, headers={"Origin": ORIGIN})
    answer = client.get("/enter")
    assert (answer.status_code, answer.location) == (303, "/account")


def test_every_reason_is_told() -> None:
    """Caught: a reason in the log that no page explains."""
    page = PAGE.read_text()
    assert [reason for reason in Reason if f"`{reason}`" not in page] == []
