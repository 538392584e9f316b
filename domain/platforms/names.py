"""What platforms are called, also those that were removed: their customers stay."""

from sqlalchemy import select

from domain.database import AnySession
from domain.platforms.models import Platform


def name_of(session: AnySession, platform_id: int) -> str:
    return session.scalars(select(Platform.name).where(Platform.id == platform_id)).one()
