"""The texts about the buyers' right of withdrawal.

Each text has a version, and a purchase keeps that of the text that its buyer agreed to. So a text
that was ever shown is never changed: another one gets a version and a file of its own in each
language, and the former files stay.
"""

VERSION = "2026-11"
TEXTS = {
    "en": "checkout/withdrawal/2026-11/en.html",
    "tr": "checkout/withdrawal/2026-11/tr.html",
    "de": "checkout/withdrawal/2026-11/de.html",
    "ar": "checkout/withdrawal/2026-11/ar.html",
}
