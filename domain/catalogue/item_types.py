"""What Apply Changes publishes: each item type, and what is to be known about it.

Comparing, applying, history, discarding, restoring and undoing go through these and know nothing
else of a type.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.catalogue.changes.diff import ItemState
from domain.catalogue.markets.models import LiveMarket, Market, ReleasedMarket
from domain.catalogue.markets.rules import INITIAL_MARKET, MARKET_RULES, TAX_FIELDS, MarketValues
from domain.catalogue.packages.models import CreditPackage, LivePackage, ReleasedPackage
from domain.catalogue.packages.rules import PACKAGE_RULES, PACKAGE_TYPE, PRICE, PackageValues
from domain.catalogue.rules import Rules, Values
from domain.catalogue.settings.models import LiveSettings, ReleasedSettings, StorefrontSettings
from domain.catalogue.settings.rules import (
    BUYING_FIELDS,
    INITIAL_SETTINGS,
    SETTINGS_RULES,
    SettingsValues,
)


@dataclass(frozen=True, eq=False)
class ItemType:
    """`draft`, `released` and `live` are its tables; `values` names its fields.

    `decided_together` are fields that mean nothing without each other. `group` is the column with
    what an item belongs to; with `is_ordered` its items have an order there. What has an `initial`
    is always there, and like that until somebody says otherwise; the others come and go.
    `named_by` is the field that tells an item from its like; without one, that is its group. Fields
    that `came_later` were given to releases by an upgrade: nobody chose them then.
    """

    name: str
    draft: type[Any]
    released: type[Any]
    live: type[Any]
    values: type[Any]
    rules: Rules
    decided_together: tuple[tuple[str, ...], ...] = ()
    group: str = ""
    is_ordered: bool = False
    initial: Values | None = None
    named_by: str = ""
    came_later: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        return self.values._fields  # type: ignore[no-any-return]

    def name_of(self, state: ItemState) -> str:
        """What tells an item from its like; "" when there is only one."""
        if self.named_by:
            return str(getattr(state.values, self.named_by))
        return state.group

    def decided_with(self, field: str) -> tuple[str, ...]:
        """The fields that mean something only together with this one, itself included."""
        return next((names for names in self.decided_together if field in names), (field,))


PACKAGE = ItemType(
    name=PACKAGE_TYPE,
    draft=CreditPackage,
    released=ReleasedPackage,
    live=LivePackage,
    values=PackageValues,
    rules=PACKAGE_RULES,
    decided_together=(PRICE,),
    group="country",
    is_ordered=True,
    named_by="name",
)
SETTINGS = ItemType(
    name="settings",
    draft=StorefrontSettings,
    released=ReleasedSettings,
    live=LiveSettings,
    values=SettingsValues,
    rules=SETTINGS_RULES,
    decided_together=(BUYING_FIELDS,),
    initial=INITIAL_SETTINGS,
    came_later=BUYING_FIELDS,
)
MARKET = ItemType(
    name="market",
    draft=Market,
    released=ReleasedMarket,
    live=LiveMarket,
    values=MarketValues,
    rules=MARKET_RULES,
    decided_together=(TAX_FIELDS,),
    group="country",
    initial=INITIAL_MARKET,
)
ITEM_TYPES: Mapping[str, ItemType] = {each.name: each for each in (SETTINGS, MARKET, PACKAGE)}
