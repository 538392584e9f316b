"""What part of the activity is wanted: whose, of which kind, about what, when. Pure.

The kind of a line is that of its act, as `kinds.KINDS` has it, or one of those that are read from
elsewhere: draft writes, batches of them, releases, sign-ins that failed.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from domain.activity.recording import Object

# Of draft writes, by what was done: "draft_edited"; and of many at once: "batch_prices".
DRAFT, BATCH = "draft_", "batch_"
RELEASED, FAILED = "released", "sign_in_failed"

# By the parts that a reader may choose. The settings have further parts, one for each of their
# pages.
AREAS: Mapping[str, tuple[str, ...]] = {
    "catalogue": (DRAFT, BATCH, "preview_shared", "preview_revoked"),
    "releases": (RELEASED,),
    "sign_in": (
        *(FAILED, "signed_in", "signed_out", "sign_in_ended", "sign_ins_ended"),
        *("password_changed", "second_factor_on", "second_factor_off", "recovery_codes_renewed"),
        *("browsers_forgotten", "account_changed", "notices_chosen"),
    ),
    "team": (
        *("admin_invited", "invitation_renewed", "invitation_revoked", "invitation_accepted"),
        *("role_changed", "admin_disabled", "admin_enabled", "admin_removed", "admin_created"),
        *("password_link_made", "password_link_used", "second_factor_reset"),
        *("second_factor_required", "second_factor_optional"),
    ),
    "customers": (
        *("customer_added", "customer_invited", "contact_changed", "credits_given"),
        *("credits_taken", "debt_forgiven", "customer_noted", "customer_tagged"),
        *("customer_untagged", "payment_link_made", "payment_link_revoked"),
        *("customer_signed_out", "statement_exported", "customers_exported"),
    ),
    "purchases": (
        *("refund_asked", "receipt_sent", "purchase_synced", "task_done", "payment_closed"),
        *("case_noted", "case_done", "case_reopened", "purchases_exported"),
    ),
    "server": ("backup_made", "payments_recovered", "wallet_blocked", "wallet_unblocked"),
}
PARTS_OF_SETTINGS: Mapping[str, tuple[str, ...]] = {
    "sites": ("site_added", "site_removed"),
    "platforms": (
        *("platform_added", "platform_changed", "platform_removed", "key_made", "key_revoked"),
    ),
    "company": ("company_changed",),
    "payments": ("buying_paused", "buying_resumed"),
    "limits": ("limits_changed",),
    "mail": ("test_mail_sent", "mail_sent_again"),
}
KINDS_OF: Mapping[str, tuple[str, ...]] = {
    **AREAS,
    "settings": tuple(kind for kinds in PARTS_OF_SETTINGS.values() for kind in kinds),
    **PARTS_OF_SETTINGS,
}


class Selection(NamedTuple):
    """Which lines are wanted. `person` is an email, "" a command on the server; `part` one of
    KINDS_OF. From `since` on and before `until`."""

    person: str | None = None
    part: str = ""
    object: Object | None = None
    since: datetime | None = None
    until: datetime | None = None

    def wants(self, *kinds: str) -> bool:
        """Whether lines of one of these kinds can be among them, by the part alone."""
        return not self.part or not {*kinds}.isdisjoint(KINDS_OF[self.part])


ALL = Selection()
