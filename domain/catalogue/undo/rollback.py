"""Making the drafts equal to something else: discard and restore.

It writes through the verbs of drafts.py, so every step has its revision; a batch ties together
those of one action.
"""

from collections.abc import Collection

from domain.catalogue.changes.diff import ItemKey, Kind, States, kept_in_order, key_of, orders
from domain.catalogue.changes.subset import apply_subset
from domain.catalogue.drafts import drafts
from domain.catalogue.drafts.drafts import get_item, lock_catalogue
from domain.catalogue.drafts.ordering import After, Destination, Place
from domain.catalogue.errors import NothingToDiscard, StaleReview
from domain.catalogue.item_types import ITEM_TYPES
from domain.catalogue.models import DraftBatch
from domain.catalogue.pending.pending import Cursor, Pending, pending_changes
from domain.catalogue.pending.seen import find_unseen_since, read_token
from domain.catalogue.releases.history import (
    drafted_items,
    get_release,
    live_items,
    released_items,
)
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
    seen = _seen_keys(session, pending, token)
    every = {change.key for change in pending.changes}
    going = every if keys is None else set(keys)
    if not going <= seen:
        raise StaleReview
    live, drafted = live_items(session), drafted_items(session)
    target = apply_subset(live, drafted, pending.changes, every - going)
    return write_as_batch(session, "discard", author, lambda: _rewrite(session, target, author))


def discard_field(
    session: AnySession, token: str, item: ItemKey, field: str, *, author: str
) -> DraftBatch:
    """Gives one field of an edit the value that is live, and with it those decided together;
    `token` names the edit as the author saw it."""
    lock_catalogue(session)
    pending, key = pending_changes(session), key_of(item, Kind.EDITED)
    live = next((change.before for change in pending.changes if change.key == key), None)
    if live is None:
        raise NothingToDiscard
    if key not in _seen_keys(session, pending, token):
        raise StaleReview
    draft, together = get_item(session, item), ITEM_TYPES[item.type].decided_with(field)
    values = draft.values._replace(**{name: getattr(live.values, name) for name in together})
    return write_as_batch(
        session,
        "discard",
        author,
        lambda: drafts.edit_item(session, item, values, version=draft.version, author=author),
    )


def restore(session: AnySession, number: int, token: str, *, author: str) -> DraftBatch:
    """Makes the drafts equal to release `number`; `token` says which drafts the author saw."""
    lock_catalogue(session)
    get_release(session, number)
    seen = Cursor.read(token)
    if seen is None or seen.revision_id != pending_changes(session).cursor.revision_id:
        raise StaleReview
    target = released_items(session, number)
    return write_as_batch(
        session, "restore", author, lambda: _rewrite(session, target, author), number
    )


def _seen_keys(session: AnySession, pending: Pending, token: str) -> set[str]:
    """The keys of the changes that are as whoever holds the token saw them."""
    unseen = find_unseen_since(session, pending, read_token(session, pending, token))
    return {change.key for change in pending.changes} - unseen.keys


def _rewrite(session: AnySession, target: States, author: str) -> None:
    """Makes the drafts `target`, with as few writes as that takes."""
    now = drafted_items(session)
    for item in now.keys() - target.keys():
        drafts.remove_item(session, item, version=_version(session, item), author=author)
    for item in target.keys() - now.keys():
        drafts.keep_item(session, item, version=_version(session, item), author=author)
    now = drafted_items(session)
    for item, state in target.items():
        if now[item].values != state.values:
            version = _version(session, item)
            drafts.edit_item(session, item, state.values, version=version, author=author)
    _reorder(session, target, author)


def _reorder(session: AnySession, target: States, author: str) -> None:
    now = orders(drafted_items(session))
    for (type, group), wanted in orders(target).items():
        kept = kept_in_order(now[type, group], wanted)
        for place, id in enumerate(wanted):
            if id not in kept:
                to: Destination = After(wanted[place - 1]) if place else Place(1)
                drafts.move_item(session, ItemKey(type, id), to, group=group, author=author)


def _version(session: AnySession, item: ItemKey) -> int:
    version: int = get_item(session, item).version
    return version
