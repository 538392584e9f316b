"""The platforms that hand their users over: adding, changing, removing."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import case, func, select, update

from domain.database import AnySession, lock, utc_now
from domain.platforms.errors import PlatformNotFound, StalePlatform, TooManyPlatforms
from domain.platforms.models import Platform
from domain.platforms.rules import MOST_PLATFORMS, PlatformValues, clean_name, clean_url

THERE = Platform.removed_at.is_(None)


class CameFrom(NamedTuple):
    """The platform of a customer; `return_url` leads back there, "" for nowhere."""

    name: str
    return_url: str


def list_platforms(session: AnySession) -> Sequence[Platform]:
    """Those that are not removed, by name."""
    every = select(Platform).where(THERE).order_by(func.lower(Platform.name), Platform.id)
    return session.scalars(every).all()


def get(session: AnySession, platform_id: int) -> Platform:
    """Raises PlatformNotFound, also for one that was removed."""
    platform = session.scalar(select(Platform).where(Platform.id == platform_id, THERE))
    if platform is None:
        raise PlatformNotFound
    return platform


def name_of(session: AnySession, platform_id: int) -> str:
    """Also of one that was removed: its customers stay."""
    return session.scalars(select(Platform.name).where(Platform.id == platform_id)).one()


def read_names(session: AnySession, ids: Collection[int]) -> dict[int, tuple[str, bool]]:
    """What these are called, also those that were removed, and whether they are there."""
    named = select(Platform.id, Platform.name, THERE).where(Platform.id.in_(ids))
    return {id: (name, bool(is_there)) for id, name, is_there in session.execute(named)}


def came_from(session: AnySession, platform_id: int | None) -> CameFrom | None:
    """None for who came by mail or was added by hand. Nothing leads back to a removed platform."""
    if platform_id is None:
        return None
    url = case((THERE, Platform.return_url), else_="")
    row = session.execute(select(Platform.name, url).where(Platform.id == platform_id)).one()
    return CameFrom(*row)


def add(session: AnySession, values: PlatformValues) -> int:
    """A new platform; its users are other customers than those of any before it. Raises
    UnfitPlatform, UnfitOrigin, TooManyPlatforms."""
    values = _checked(values)
    lock(session, "platforms")
    if (session.scalar(select(func.count(Platform.id)).where(THERE)) or 0) >= MOST_PLATFORMS:
        raise TooManyPlatforms(MOST_PLATFORMS)
    platform = Platform(**values._asdict())
    session.add(platform)
    session.flush()
    return platform.id


def change(
    session: AnySession, platform_id: int, version: int, values: PlatformValues
) -> list[str]:
    """The names of what is another value than before. Raises UnfitPlatform, UnfitOrigin,
    StalePlatform, PlatformNotFound."""
    values, before = _checked(values), get(session, platform_id)
    fields = [name for name, new in values._asdict().items() if new != getattr(before, name)]
    this = (Platform.id == platform_id, Platform.version == version, THERE)
    changed = update(Platform).where(*this).values(version=version + 1, **values._asdict())
    if session.scalar(changed.returning(Platform.id)) is None:
        get(session, platform_id)
        raise StalePlatform
    return fields


def remove(session: AnySession, platform_id: int) -> str:
    """Its keys open nothing from now on; its name. Its customers stay. Raises PlatformNotFound."""
    gone = update(Platform).where(Platform.id == platform_id, THERE).values(removed_at=utc_now())
    name = session.scalar(gone.returning(Platform.name))
    if name is None:
        raise PlatformNotFound
    return name


def _checked(values: PlatformValues) -> PlatformValues:
    return values._replace(name=clean_name(values.name), return_url=clean_url(values.return_url))
