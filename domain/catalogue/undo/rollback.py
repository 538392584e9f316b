"""Making the drafts equal to something else: discard and restore.

It writes through the verbs of drafts.py, so every step has its revision; a batch ties together
those of one action.
"""

from collections.abc import Collection, Mapping

from domain.catalogue.changes.diff import Kind, PositionedPackage, kept_in_order, orders
from domain.catalogue.changes.merge import decided_with
from domain.catalogue.changes.subset import apply_subset
from domain.catalogue.drafts import drafts
from domain.catalogue.drafts.drafts import lock_catalogue
from domain.catalogue.drafts.ordering import After, Destination, Place
from domain.catalogue.errors import NothingToDiscard, StaleReview
from domain.catalogue.models import DraftBatch
from domain.catalogue.pending.pending import pending_changes
from domain.catalogue.releases.history import (
    drafted_packages,
    get_release,
    released_packages,
    released_settings,
    restore_token,
)
from domain.catalogue.rules import SettingsValues
from domain.catalogue.undo.batches import write_as_batch
from domain.database import AnySession


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
    target = apply_subset(live, drafted_packages(session), pending.changes, kept)
    settings = None if Kind.SETTINGS in kept else pending.live.settings
    return write_as_batch(
        session, "discard", author, lambda: _rewrite(session, target, settings, author)
    )


def discard_field(
    session: AnySession, package_id: int, field: str, *, version: int, author: str
) -> DraftBatch:
    """Gives one field of a draft the value that is live, an amount along with its currency."""
    lock_catalogue(session)
    live = released_packages(session, pending_changes(session).live.number)
    if package_id not in live:
        raise NothingToDiscard
    old = live[package_id].values
    values = drafts.get_package(session, package_id).values
    values = values._replace(**{name: getattr(old, name) for name in decided_with(field)})
    return write_as_batch(
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
    return write_as_batch(
        session, "restore", author, lambda: _rewrite(session, target, settings, author), number
    )


def _rewrite(
    session: AnySession,
    target: Mapping[int, PositionedPackage],
    settings: SettingsValues | None,
    author: str,
) -> None:
    """Makes the drafts `target`, with as few writes as that takes; settings None stay."""
    now = drafted_packages(session)
    for id in now.keys() - target.keys():
        drafts.remove_package(session, id, version=_version(session, id), author=author)
    for id in target.keys() - now.keys():
        drafts.keep_package(session, id, version=_version(session, id), author=author)
    now = drafted_packages(session)
    for id, listed in target.items():
        if now[id].values != listed.values:
            version = _version(session, id)
            drafts.edit_package(session, id, listed.values, version=version, author=author)
    _reorder(session, target, author)
    if settings is not None:
        version = drafts.get_settings(session).version
        drafts.edit_settings(session, settings, version=version, author=author)


def _reorder(session: AnySession, target: Mapping[int, PositionedPackage], author: str) -> None:
    now = orders(drafted_packages(session))
    for country, wanted in orders(target).items():
        kept = kept_in_order(now[country], wanted)
        for place, id in enumerate(wanted):
            if id not in kept:
                to: Destination = After(wanted[place - 1]) if place else Place(1)
                drafts.move_package(session, id, to, country=country, author=author)


def _version(session: AnySession, package_id: int) -> int:
    return drafts.get_package(session, package_id).version
