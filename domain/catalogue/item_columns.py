"""The columns that statements over any item type ask for."""

from typing import Any

from sqlalchemy import literal, true

from domain.catalogue.item_types import ItemType


def group_column(item_type: ItemType, table: Any) -> Any:  # noqa: ANN401 - a column
    """What the items of the type belong to, "" for nothing."""
    return column_of(table, item_type.group) if item_type.group else literal("")


def name_column(item_type: ItemType) -> Any:  # noqa: ANN401 - a column
    """What tells a draft from its like, see ItemType.name_of."""
    if item_type.named_by:
        return column_of(item_type.draft, item_type.named_by)
    return group_column(item_type, item_type.draft)


def stays(item_type: ItemType) -> Any:  # noqa: ANN401 - a condition
    """Whether a draft of the type is to stay in the catalogue."""
    columns = item_type.draft.__table__.c
    return columns.removed_at.is_(None) if "removed_at" in columns else true()


def column_of(table: Any, name: str) -> Any:  # noqa: ANN401 - a column
    """Plain, where it is one: rows as the ORM makes them take twice as long."""
    return table.__table__.c[name] if hasattr(table, "__table__") else table.c[name]
