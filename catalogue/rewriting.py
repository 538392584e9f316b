"""Making the drafts equal to something else: discard, restore, and taking either back.

It writes through the verbs of drafts.py, so every step has its revision; a batch ties together
those of one action.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from catalogue import drafts
from catalogue.changes import Kind, Listed, kept_in_order
from catalogue.drafts import lock_catalogue
from catalogue.errors import BatchNotFound, NothingToDiscard, StaleReview, TooOldToUndo
from catalogue.history import (
    drafted_packages,
    get_release,
    released_packages,
    released_settings,
    restore_token,
)
from catalogue.models import DraftBatch, DraftRevision
from catalogue.ordering import After, Destination, Place
from catalogue.pending import pending_changes
from catalogue.picking import pick
from catalogue.rules import SettingsValues
from database import AnySession

UNDO_DAYS = 30
LISTED_BATCHES = 20


def discard(
    session: AnySession, token: str, *, author: str, keys: Collection[str] | None = None
) -> DraftBatch:
    """Throws pending changes away: those with these keys, or all of them.

    `token` names the pending changes that the author saw.
    """
    lock_catalogue(session)
    pending = pending_changes(session)
    if token != pending.token:
        raise StaleReview
    kept = {c.key for c in pending.changes if keys is not None and c.key not in keys}
    live = released_packages(session, pending.live.number)
    target = pick(live, drafted_packages(session), pending.changes, kept)
    settings = None if Kind.SETTINGS in kept else pending.live.settings
    return _as_batch(
        session, "discard", author, lambda: _rewrite(session, target, settings, author)
    )


def discard_field(
    session: AnySession, package_id: int, field: str, *, version: int, author: str
) -> DraftBatch:
    """Gives one field of a draft the value that is live."""
    lock_catalogue(session)
    live = released_packages(session, pending_changes(session).live.number)
    if package_id not in live:
        raise NothingToDiscard
    old = live[package_id].values
    values = drafts.get_package(session, package_id).values
    values = replace(values, **{field: getattr(old, field)})
    return _as_batch(
        session,
        "discard",
        author,
        lambda: drafts.edit_package(session, package_id, values, version=version, author=author),
    )


def restore(session: AnySession, number: int, token: str, *, author: str) -> DraftBatch:
    """Makes the drafts equal to release `number`; `token` names the plan that the author saw."""
    lock_catalogue(session)
    get_release(session, number)
    if token != restore_token(session, number):
        raise StaleReview
    target = released_packages(session, number)
    settings = released_settings(session, number)
    return _as_batch(
        session, "restore", author, lambda: _rewrite(session, target, settings, author)
    )


def undo(session: AnySession, batch_id: int, *, author: str) -> DraftBatch:
    """Takes a discard or a restore back, as far as nobody changed the same again since."""
    lock_catalogue(session)
    batch = session.get(DraftBatch, batch_id)
    if batch is None:
        raise BatchNotFound
    if datetime.now(UTC) - batch.created_at > timedelta(days=UNDO_DAYS):
        raise TooOldToUndo(UNDO_DAYS)
    revisions = session.scalars(
        select(DraftRevision)
        .where(DraftRevision.id.between(batch.first_id, batch.last_id))
        .order_by(DraftRevision.id.desc())
    ).all()

    def reverse_all() -> None:
        for revision in revisions:
            _reverse(session, revision, author)

    return _as_batch(session, "undo", author, reverse_all)


def list_batches(session: AnySession) -> Sequence[DraftBatch]:
    """The newest discards, restores and undos that can be taken back."""
    newest_first = select(DraftBatch).order_by(DraftBatch.id.desc()).limit(LISTED_BATCHES)
    begin = datetime.now(UTC) - timedelta(days=UNDO_DAYS)
    return session.scalars(newest_first.where(DraftBatch.created_at > begin)).all()


def _as_batch(
    session: AnySession, action: str, author: str, write: Callable[[], object]
) -> DraftBatch:
    """Runs `write` and ties its revisions together. Under the lock nobody else adds any."""
    newest = session.scalar(select(func.max(DraftRevision.id))) or 0
    write()
    ids = session.scalars(select(DraftRevision.id).where(DraftRevision.id > newest)).all()
    if not ids:
        raise NothingToDiscard
    batch = DraftBatch(action=action, first_id=min(ids), last_id=max(ids), author=author)
    session.add(batch)
    session.flush()
    return batch


def _rewrite(
    session: AnySession, target: Mapping[int, Listed], settings: SettingsValues | None, author: str
) -> None:
    """Makes the drafts `target`, with as few writes as that takes; settings None stay."""
    now = drafted_packages(session)
    for id in now.keys() - target.keys():
        drafts.remove_package(session, id, version=_version(session, id), author=author)
    for id in target.keys() - now.keys():
        drafts.keep_package(session, id, version=_version(session, id), author=author)
    for id, listed in target.items():
        if drafts.get_package(session, id).values != listed.values:
            version = _version(session, id)
            drafts.edit_package(session, id, listed.values, version=version, author=author)
    _reorder(session, target, author)
    if settings is not None:
        version = drafts.get_settings(session).version
        drafts.edit_settings(session, settings, version=version, author=author)


def _reorder(session: AnySession, target: Mapping[int, Listed], author: str) -> None:
    now = _orders(drafted_packages(session))
    for country, wanted in _orders(target).items():
        kept = kept_in_order(now[country], wanted)
        for place, id in enumerate(wanted):
            if id not in kept:
                to: Destination = After(wanted[place - 1]) if place else Place(1)
                drafts.move_package(session, id, to, country=country, author=author)


def _orders(packages: Mapping[int, Listed]) -> dict[str, list[int]]:
    orders: dict[str, list[int]] = {}
    for listed in sorted(packages.values(), key=lambda listed: listed.position):
        orders.setdefault(listed.values.country, []).append(listed.id)
    return orders


def _version(session: AnySession, package_id: int) -> int:
    return drafts.get_package(session, package_id).version


def _reverse(session: AnySession, revision: DraftRevision, author: str) -> None:
    if revision.package_id is None:
        settings = drafts.get_settings(session)
        values = _put_back(settings.values, revision)
        drafts.edit_settings(session, values, version=settings.version, author=author)
        return
    package = drafts.get_package(session, revision.package_id)
    is_removed = package.removed_at is not None
    signed: dict[str, Any] = {"version": package.version, "author": author}
    if revision.action == "removed" and is_removed:
        drafts.keep_package(session, package.id, **signed)
    elif revision.action == "kept" and not is_removed:
        drafts.remove_package(session, package.id, **signed)
    elif revision.action == "edited" and not is_removed:
        values = _put_back(package.values, revision)
        position = revision.old.get("position")
        drafts.edit_package(session, package.id, values, position=position, **signed)
    elif revision.action == "moved" and not is_removed:
        to = Place(revision.old["position"])
        drafts.move_package(session, package.id, to, country=package.country, author=author)


def _put_back(values: Any, revision: DraftRevision) -> Any:  # noqa: ANN401 - packages or settings
    """`values` with the old ones of the fields that are still as the revision left them."""
    fields = {
        name: old
        for name, old in revision.old.items()
        if hasattr(values, name) and getattr(values, name) == revision.new[name]
    }
    return replace(values, **fields)
