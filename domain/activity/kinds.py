"""Which acts there are, and what is kept of each besides who, when and to what. Pure.

Details are numbers and words of ours: nothing that a customer is called, no text that somebody
typed about one, no password, token or code.
"""

from collections.abc import Mapping

KINDS: Mapping[str, tuple[str, ...]] = {
    # Signing in, and one's own account.
    "signed_in": (),
    "signed_out": (),
    "sign_in_ended": (),
    "sign_ins_ended": (),
    "password_changed": (),
    "second_factor_on": (),
    "second_factor_off": (),
    "recovery_codes_renewed": (),
    "browsers_forgotten": (),
    "account_changed": ("fields",),
    "notices_chosen": (),
    # The team.
    "admin_invited": ("email", "role"),
    "invitation_renewed": ("email", "role"),
    "invitation_revoked": ("email", "role"),
    "invitation_accepted": ("role",),
    "role_changed": ("was", "role"),
    "admin_disabled": (),
    "admin_enabled": (),
    "admin_removed": (),
    "password_link_made": (),
    "password_link_used": (),
    "second_factor_reset": (),
    "second_factor_required": (),
    "second_factor_optional": (),
    "admin_created": ("email",),
    # Settings that work at once.
    "site_added": ("origin",),
    "site_removed": ("origin",),
    "platform_added": (),
    "platform_changed": ("fields",),
    "platform_removed": (),
    "key_made": (),
    "key_revoked": (),
    "company_changed": ("fields",),
    "buying_paused": (),
    "buying_resumed": (),
    "limits_changed": ("at_once", "a_day"),
    "test_mail_sent": (),
    "mail_sent_again": (),
    "preview_shared": (),
    "preview_revoked": (),
    # Customers.
    "customer_added": (),
    "customer_invited": (),
    "contact_changed": ("fields",),
    "credits_given": ("credits",),
    "credits_taken": ("credits",),
    "debt_forgiven": ("credits",),
    "customer_noted": (),
    "customer_tagged": (),
    "customer_untagged": (),
    "payment_link_made": (),
    "payment_link_revoked": (),
    "customer_signed_out": (),
    "statement_exported": (),
    "customers_exported": (),
    # Purchases.
    "refund_asked": ("amount_minor", "currency"),
    "receipt_sent": (),
    "purchase_synced": (),
    "task_done": (),
    "payment_closed": (),
    "case_noted": (),
    "case_done": (),
    "case_reopened": (),
    "purchases_exported": (),
    # Commands on the server.
    "backup_made": (),
    "payments_recovered": (),
    "wallet_blocked": (),
    "wallet_unblocked": (),
}
# What an act is done to: the type of its object.
OBJECT_TYPES = (
    *("admin", "invitation", "site", "platform", "preview_link", "mail"),
    *("customer", "purchase", "payment", "wallet"),
)
