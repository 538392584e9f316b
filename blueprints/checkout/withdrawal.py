"""The texts about the buyers' right of withdrawal.

Each text has a version, and a purchase keeps that of the text that its buyer agreed to. So a text
that was ever shown is never changed: another one gets a version and a file of its own in each
language, and the former files stay.
"""

VERSION = "2026-12"
# Mails about purchases of then say the former ones.
VERSIONS = {
    "2026-11": {
        "en": "checkout/withdrawal/2026-11/en.html",
        "tr": "checkout/withdrawal/2026-11/tr.html",
        "de": "checkout/withdrawal/2026-11/de.html",
        "ar": "checkout/withdrawal/2026-11/ar.html",
    },
    "2026-12": {
        "en": "checkout/withdrawal/2026-12/en.html",
        "tr": "checkout/withdrawal/2026-12/tr.html",
        "de": "checkout/withdrawal/2026-12/de.html",
        "ar": "checkout/withdrawal/2026-12/ar.html",
    },
}
TEXTS = VERSIONS[VERSION]
