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
    done = subprocess.run(["bash", "-e"], input=script, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == told
