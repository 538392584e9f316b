"""Checkout sessions: one attempt to have something paid, at a page of ours."""

import re
from urllib.parse import urlsplit

from simulator.errors import ApiError, missing
from simulator.events import emit
from simulator.forms import metadata, need, numbered, refuse_unknown, whole
from simulator.money import refuse_amount
from simulator.store import Json, Transaction, new_id

KNOWN = frozenset(
    {
        *("mode", "ui_mode", "line_items", "client_reference_id", "metadata", "expires_at"),
        *("payment_intent_data", "adaptive_pricing", "locale", "customer_email", "submit_type"),
        *("success_url", "cancel_url", "payment_method_types", "customer_creation"),
        *("allow_promotion_codes", "billing_address_collection", "automatic_tax"),
        *("branding_settings", "custom_text"),
    }
)
INTENT_DATA = frozenset(
    {
        *("metadata", "description", "receipt_email", "statement_descriptor", "capture_method"),
        "statement_descriptor_suffix",
    }
)
PRICE_DATA = frozenset({"currency", "unit_amount", "product_data", "tax_behavior"})
PRODUCT_DATA = frozenset({"name", "description", "images", "metadata", "tax_code"})
LOCALES = frozenset(  # without Arabic, for example
    {
        *("auto", "bg", "cs", "da", "de", "el", "en", "en-GB", "es", "es-419", "et", "fi", "fil"),
        *("fr", "fr-CA", "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "ms", "mt", "nb", "nl"),
        *("pl", "pt", "pt-BR", "ro", "ru", "sk", "sl", "sv", "th", "tr", "vi", "zh", "zh-HK"),
        "zh-TW",
    }
)
SHORTEST_SECONDS, LONGEST_SECONDS = 30 * 60, 24 * 60 * 60
LEEWAY_SECONDS = 60  # between the client's clock and ours
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def create_session(kept: Transaction, form: Json, base_url: str) -> Json:
    refuse_unknown(form, KNOWN)
    if need(form, "mode") != "payment":
        raise ApiError(400, "The simulator knows the mode payment only.", param="mode")
    intent_data = form.get("payment_intent_data") or {}
    refuse_unknown(intent_data, INTENT_DATA, "payment_intent_data")
    name, description, currency, amount = _read_line(form)
    session_id = new_id("cs_test", 58)
    session = {
        "id": session_id,
        "object": "checkout.session",
        **_read_choices(form),
        "amount_subtotal": amount,
        "amount_total": amount,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "cancel_url": _read_url(form, "cancel_url"),
        "client_secret": None,
        "created": kept.now(),
        "currency": currency,
        "currency_conversion": None,
        "customer": None,
        "customer_details": None,
        "expires_at": _read_expiry(form, kept.now()),
        "livemode": False,
        "metadata": metadata(form),
        "mode": "payment",
        "payment_intent": None,
        "payment_method_types": numbered(form.get("payment_method_types")) or ["card"],
        "payment_status": "unpaid",
        "presentment_details": None,
        "recovered_from": None,
        "status": "open",
        "success_url": _read_url(form, "success_url"),
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "url": f"{base_url}/pay/{session_id}",
    }
    intent = {**intent_data, "metadata": metadata(intent_data, "payment_intent_data[metadata]")}
    return kept.add(session, name=name, description=description, intent=intent)


def _read_line(form: Json) -> tuple[str, str, str, int]:
    """What is sold: name, description, currency, amount."""
    lines = numbered(form.get("line_items"))
    if len(lines) != 1:
        raise ApiError(400, "The simulator sells one line at a time.", param="line_items")
    place = "line_items.0.price_data"
    numbered_form = {"line_items": {"0": lines[0]}}
    currency = str(need(numbered_form, f"{place}.currency")).lower()
    name = str(need(numbered_form, f"{place}.product_data.name"))
    price = whole(need(numbered_form, f"{place}.unit_amount"), "line_items[0][unit_amount]")
    refuse_unknown(lines[0], ("price_data", "quantity"), "line_items[0]")
    refuse_unknown(lines[0]["price_data"], PRICE_DATA, "line_items[0][price_data]")
    product = lines[0]["price_data"]["product_data"]
    refuse_unknown(product, PRODUCT_DATA, "line_items[0][price_data][product_data]")
    quantity = whole(need(numbered_form, "line_items.0.quantity"), "line_items[0][quantity]")
    if price < 0 or quantity < 1:
        raise ApiError(400, "Invalid integer.", code="parameter_invalid_integer")
    refuse_amount(price * quantity, currency)
    return name, str(product.get("description", "")), currency, price * quantity


def _read_choices(form: Json) -> Json:
    """What may be said of the page, and is given back as it came."""
    locale = form.get("locale", "auto")
    if locale not in LOCALES:
        raise ApiError(400, f"Invalid locale: must be one of {', '.join(sorted(LOCALES))}")
    email = form.get("customer_email")
    if email and not EMAIL.fullmatch(email):
        raise ApiError(400, f"Invalid email address: {email}", code="email_invalid")
    if form.get("ui_mode", "hosted_page") != "hosted_page":
        raise ApiError(400, "The simulator knows hosted pages only.", param="ui_mode")
    if form.get("submit_type", "auto") not in ("auto", "book", "donate", "pay", "subscribe"):
        raise ApiError(400, "Invalid submit_type.", param="submit_type")
    adapts = (form.get("adaptive_pricing") or {}).get("enabled", "true")
    return {
        "adaptive_pricing": {"enabled": adapts == "true"},
        "client_reference_id": form.get("client_reference_id"),
        "customer_email": email,
        "locale": locale,
        "submit_type": form.get("submit_type"),
        "ui_mode": "hosted_page",
    }


def _read_url(form: Json, name: str) -> str | None:
    url = str(need(form, name)) if name == "success_url" else form.get(name)
    if url and urlsplit(url).scheme not in ("http", "https"):
        raise ApiError(400, "Not a valid URL", code="url_invalid", param=name)
    return url


def _read_expiry(form: Json, now: int) -> int:
    if "expires_at" not in form:
        return now + LONGEST_SECONDS
    at = whole(form["expires_at"], "expires_at")
    if at < now + SHORTEST_SECONDS - LEEWAY_SECONDS:
        raise ApiError(
            400,
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session"
            " creation.",
            param="expires_at",
        )
    if at > now + LONGEST_SECONDS + LEEWAY_SECONDS:
        raise ApiError(
            400,
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
            param="expires_at",
        )
    return at


def find_session(kept: Transaction, session_id: str) -> Json:
    session = kept.get(session_id)
    if not session or session["object"] != "checkout.session":
        raise missing("checkout.session", session_id)
    return session


def expire_session(kept: Transaction, session_id: str) -> Json:
    session = expire_when_over(kept, find_session(kept, session_id))
    if session["status"] != "open":
        raise ApiError(
            400,
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session'
            f" has a status of `{session['status']}`.",
        )
    return _expire(kept, session)


def expire_when_over(kept: Transaction, session: Json) -> Json:
    """As its time says, which nobody may have looked at since."""
    is_over = session["status"] == "open" and session["expires_at"] <= kept.now()
    return _expire(kept, session) if is_over else session


def _expire(kept: Transaction, session: Json) -> Json:
    session |= {"status": "expired", "url": None}
    kept.save(session)
    if session["payment_intent"]:
        intent = kept.the(session["payment_intent"])
        intent |= {"status": "canceled", "canceled_at": kept.now(), "next_action": None}
        kept.save(intent)
        emit(kept, "payment_intent.canceled", intent)
    emit(kept, "checkout.session.expired", session)
    return session
