"""By whose clock and calendar a page shows times and days."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import g, request

from blueprints import own_choices
from domain import times
from domain.catalogue.storefront import live
from extensions import db


def reader_zone() -> ZoneInfo:
    """By whose clock this page shows times: that of the zone that the admin who reads it chose,
    else the reader's, as the browser says (zone.js), else the platform's."""
    zone: ZoneInfo | None = g.get("zone")
    if zone is None:
        own = times.known_zone(own_choices.own_zone())
        browsers = own or times.known_zone(request.cookies.get("zone", ""))
        zone = g.zone = browsers or live_zone()
    return zone


def live_zone() -> ZoneInfo:
    """The platform's zone, by whose calendar credits end; read once for a page."""
    if "live_zone" not in g:
        g.live_zone = platform_zone(live.live_release(db.session).settings.time_zone)
    zone: ZoneInfo = g.live_zone
    return zone


def platform_zone(name: str) -> ZoneInfo:
    """The zone that the live settings name."""
    return times.known_zone(name) or ZoneInfo("UTC")


def today() -> date:
    """By the platform's calendar."""
    return datetime.now(live_zone()).date()
