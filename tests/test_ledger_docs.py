"""docs/ledger.md tells a story that happens."""

import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "ledger.md"


def test_the_story_happens_as_it_is_told() -> None:
    page = PAGE.read_text()
    (script,) = re.findall(r"```sh story\n(.*?)```", page, re.DOTALL)
    (told,) = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    bash = ["bash", "-e"]
    said = subprocess.run(
        bash, input=script, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    assert without_times(said.stdout) == without_times(told)


def without_times(text: str) -> str:
    """With "day 0" and "day 14", counted from the first, for dates, and no clock times."""
    text = re.sub(r"^\d\d:\d\d", "hh:mm", text, flags=re.MULTILINE)
    date = re.compile(r"\b\d{1,2} [A-Z][a-z]{2} \d{4}\b")
    days = [
        datetime.strptime(found, "%d %b %Y").replace(tzinfo=UTC) for found in date.findall(text)
    ]
    numbers = iter([(day - days[0]).days for day in days])
    return date.sub(lambda _: f"day {next(numbers)}", text)
