"""Where webhooks go."""

from urllib.parse import urlsplit

from simulator.errors import ApiError
from simulator.forms import metadata, need, numbered, refuse_unknown
from simulator.settings import API_VERSION
from simulator.store import Json, Transaction, new_id

KNOWN = ("url", "enabled_events", "api_version", "description", "metadata", "connect")


def create_endpoint(kept: Transaction, form: Json) -> Json:
    """With its secret, which is said only now."""
    refuse_unknown(form, KNOWN)
    url = str(need(form, "url"))
    if urlsplit(url).scheme not in ("http", "https"):
        raise ApiError(400, "Invalid URL: An explicit scheme must be provided.", param="url")
    need(form, "enabled_events")
    endpoint = _new_endpoint(kept, url, numbered(form["enabled_events"]))
    endpoint["api_version"] = form.get("api_version")
    endpoint["description"] = form.get("description")
    endpoint["metadata"] = metadata(form)
    secret = new_id("whsec", 32)
    kept.add(endpoint, secret=secret)
    return {**endpoint, "secret": secret}


def delete_endpoint(kept: Transaction, id: str) -> Json:
    kept.connection.execute("DELETE FROM thing WHERE id = ?", (id,))
    return {"id": id, "object": "webhook_endpoint", "deleted": True}


def add_own_endpoint(kept: Transaction, url: str, secret: str) -> None:
    """The one that the simulator was started with, which hears everything."""
    if all(one["url"] != url for one in kept.newest("webhook_endpoint", 100)):
        kept.add(_new_endpoint(kept, url, ["*"]), secret=secret)


def _new_endpoint(kept: Transaction, url: str, enabled_events: list[str]) -> Json:
    return {
        "id": new_id("we"),
        "object": "webhook_endpoint",
        "api_version": API_VERSION,
        "application": None,
        "created": kept.now(),
        "description": None,
        "enabled_events": enabled_events,
        "livemode": False,
        "metadata": {},
        "status": "enabled",
        "url": url,
    }
