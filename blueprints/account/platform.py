"""The platform that a customer comes from."""

from domain.platforms.models import Platform
from extensions import db


def platform_of(platform_id: int | None) -> Platform | None:
    """None for who came by mail or was added by hand, and for a platform that was removed."""
    found = None if platform_id is None else db.session.get(Platform, platform_id)
    return found if found and found.removed_at is None else None
