"""What the environment sets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

# Of the client that this was written against: stripe 16.1.0.
API_VERSION = "2026-10-28.endive"


@dataclass(frozen=True)
class Settings:
    port: int
    file: Path
    key: str = field(repr=False)  # what callers of the API show
    secret: str = field(repr=False)  # what webhooks are signed with
    webhook_url: str | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def read_settings(environ: Mapping[str, str]) -> Settings:
    return Settings(
        port=int(environ["SIMULATOR_PORT"]),
        file=Path(environ["SIMULATOR_FILE"]),
        key=environ["SIMULATOR_KEY"],
        secret=environ["SIMULATOR_SECRET"],
        webhook_url=environ.get("SIMULATOR_WEBHOOK_URL") or None,
    )
