"""The catalogue before its first release, in databases that are older than some of its fields."""

from sqlalchemy import select

from domain.catalogue.changes.diff import ItemKey, ItemState
from domain.catalogue.item_types import ITEM_TYPES
from domain.catalogue.models import DraftRevision, Release
from domain.database import AnySession

States = dict[ItemKey, ItemState]


def with_later_fields(session: AnySession, beginning: States, number: int, then: States) -> States:
    """The beginning as release `number` continued it: a field that came with an upgrade, and that
    no draft write had changed by then, was what it still is."""
    return beginning | {
        item: _with_unchanged(session, state, number, then[item])
        for item, state in beginning.items()
        if item in then and ITEM_TYPES[item.type].came_later
    }


def _with_unchanged(
    session: AnySession, state: ItemState, number: int, then: ItemState
) -> ItemState:
    unchanged = {*ITEM_TYPES[state.item.type].came_later} - _changed(session, state.item, number)
    values = {field: getattr(then.values, field) for field in unchanged}
    return state._replace(values=state.values._replace(**values))


def _changed(session: AnySession, item: ItemKey, number: int) -> set[str]:
    """The fields that draft writes had changed when the release was made."""
    newest = select(Release.revision_id).where(Release.number == number).scalar_subquery()
    writes = session.scalars(
        select(DraftRevision.new).where(
            DraftRevision.item_type == item.type,
            DraftRevision.item_id == item.id,
            DraftRevision.id <= newest,
        )
    )
    return {field for write in writes for field in write}
