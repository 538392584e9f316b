"""docs/ledger.md tells a story that happens."""

import re
import subprocess
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
    assert said.stdout == told
