"""What was done, in words: a sentence for each kind of line.

It names the fields that changed, not their values, and customers and purchases by number only.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup

from blueprints.change_counts import count_changes
from blueprints.field_labels import field_label
from blueprints.i18n import listed
from blueprints.pages import credit_count, isolated, number, price
from blueprints.people import display_name
from blueprints.permissions import role_name
from domain.activity.recording import NOBODY
from domain.activity_list.lines import Line
from domain.activity_list.selection import FAILED, RELEASED

WORDS: Mapping[str, object] = {
    "draft_added": _("Added %(object)s"),
    "draft_edited": _("Edited %(object)s: %(fields)s"),
    "draft_moved": _("Moved %(object)s"),
    "draft_removed": _("Removed %(object)s"),
    "draft_kept": _("Kept %(object)s"),
    "batch_discard": _("Discarded changes (%(writes)s)"),
    "batch_restore": _("Restored release %(release)s as drafts (%(writes)s)"),
    "batch_undo": _("Undid changes (%(writes)s)"),
    "batch_prices": _("Changed prices (%(writes)s)"),
    "batch_credits": _("Changed credits (%(writes)s)"),
    "batch_info": _("Set short infos (%(writes)s)"),
    "batch_remove": _("Removed packages (%(writes)s)"),
    "batch_keep": _("Kept packages (%(writes)s)"),
    "batch_copy": _("Copied packages (%(writes)s)"),
    "batch_import": _("Imported a file (%(writes)s)"),
    "preview_shared": _("Shared a preview: %(object)s"),
    "preview_revoked": _("Revoked a shared preview: %(object)s"),
    RELEASED: _("Applied %(changes)s: %(object)s"),
    FAILED: _("Failed to sign in as %(person)s within this hour: %(times)s"),
    "signed_in": _("Signed in"),
    "signed_out": _("Signed out"),
    "sign_in_ended": _("Ended one of their sign-ins"),
    "sign_ins_ended": _("Ended all their other sign-ins"),
    "password_changed": _("Changed the password of %(object)s"),
    "second_factor_on": _("Turned on the second factor"),
    "second_factor_off": _("Turned off the second factor"),
    "recovery_codes_renewed": _("Made new recovery codes"),
    "browsers_forgotten": _("Had remembered browsers forgotten"),
    "account_changed": _("Changed their account: %(fields)s"),
    "notices_chosen": _("Chose which notices to get"),
    "admin_invited": _("Invited %(email)s as %(role)s"),
    "invitation_renewed": _("Renewed the invitation of %(email)s as %(role)s"),
    "invitation_revoked": _("Revoked the invitation of %(email)s as %(role)s"),
    "invitation_accepted": _("Accepted an invitation as %(role)s"),
    "role_changed": _("Changed the role of %(object)s from %(was)s to %(role)s"),
    "admin_disabled": _("Disabled the account of %(object)s"),
    "admin_enabled": _("Enabled the account of %(object)s"),
    "admin_removed": _("Removed %(object)s from the team"),
    "password_link_made": _("Made a link to a new password for %(object)s"),
    "password_link_used": _("Chose a new password by a link"),
    "second_factor_reset": _("Reset the second factor of %(object)s"),
    "second_factor_required": _("Required a second factor of everyone"),
    "second_factor_optional": _("Left the second factor to everyone"),
    "admin_created": _("Made %(email)s an admin"),
    "site_added": _("Allowed the website %(origin)s"),
    "site_removed": _("Removed the website %(origin)s"),
    "platform_added": _("Added the platform %(object)s"),
    "platform_changed": _("Changed the platform %(object)s: %(fields)s"),
    "platform_removed": _("Removed the platform %(object)s"),
    "key_made": _("Made a key of the platform %(object)s"),
    "key_revoked": _("Revoked a key of the platform %(object)s"),
    "company_changed": _("Changed the company: %(fields)s"),
    "buying_paused": _("Paused buying"),
    "buying_resumed": _("Resumed buying"),
    "limits_changed": _("Limited gifts: %(at_once)s credits at once, %(a_day)s a day"),
    "test_mail_sent": _("Sent a test mail"),
    "mail_sent_again": _("Sent %(object)s again"),
    "customer_added": _("Added %(object)s"),
    "customer_invited": _("Invited %(object)s"),
    "contact_changed": _("Changed the contact of %(object)s: %(fields)s"),
    "credits_given": _("Gave %(credits)s to %(object)s"),
    "credits_taken": _("Took %(credits)s from %(object)s"),
    "debt_forgiven": _("Let go of a debt of %(credits)s of %(object)s"),
    "customer_noted": _("Wrote a note about %(object)s"),
    "customer_tagged": _("Tagged %(object)s"),
    "customer_untagged": _("Took a tag from %(object)s"),
    "payment_link_made": _("Made a payment link for %(object)s"),
    "payment_link_revoked": _("Revoked a payment link of %(object)s"),
    "customer_signed_out": _("Signed out %(object)s"),
    "statement_exported": _("Downloaded the statement of %(object)s"),
    "customers_exported": _("Downloaded the list of customers"),
    "refund_asked": _("Refunded %(amount)s of %(object)s"),
    "receipt_sent": _("Sent the receipt of %(object)s"),
    "purchase_synced": _("Compared %(object)s with the payment provider"),
    "task_done": _("Marked as done what %(object)s needed"),
    "payment_closed": _("Closed %(object)s, which belongs to no purchase"),
    "case_noted": _("Wrote a note about the failed payment of %(object)s"),
    "case_done": _("Marked the failed payment of %(object)s as done"),
    "case_reopened": _("Opened the failed payment of %(object)s again"),
    "purchases_exported": _("Downloaded the list of purchases"),
    "backup_made": _("Made a backup"),
    "payments_recovered": _("Recovered payments after a restore"),
    "wallet_blocked": _("Blocked %(object)s"),
    "wallet_unblocked": _("Unblocked %(object)s"),
}
# Of fields that belong to no item of the catalogue.
FIELDS: Mapping[str, object] = {
    "legal_name": _("Legal name"),
    "address": _("Address"),
    "tax_number": _("Tax number"),
    "email": _("Email"),
    "phone": _("Phone"),
    "terms_url": _("Terms"),
    "privacy_url": _("Privacy"),
    "return_url": _("Where users go back to"),
    "trusts_emails": _("Whether emails count as verified"),
    "display_name": _("Display name"),
    "language": _("Language"),
    "time_zone": _("Time zone"),
    "currency": _("Currency"),
    "buying_link": _("How packages are bought"),
    "tax_basis_points": _("Tax"),
}


def describe(line: Line, about: str = "") -> str:
    """The sentence; `about` is what stands for the object in it, perhaps as HTML."""
    # Lines stay as they were written: one of long ago may lack what its sentence tells by now.
    parts = defaultdict(lambda: "–", {"object": about, **_parts(line)})
    sentence = _sentence(line)
    if isinstance(about, Markup):
        return Markup.escape(sentence) % parts
    return sentence % parts


def who_did(line: Line) -> str:
    """The name of who did it; a failed sign-in may have been anybody's."""
    if line.kind == FAILED:
        return str(gettext("Somebody"))
    return (
        str(gettext("Command on the server"))
        if line.author == NOBODY
        else display_name(line.author)
    )


def _sentence(line: Line) -> str:
    if line.kind == "batch_restore" and "release" not in line.details:
        return str(gettext("Restored a release as drafts (%(writes)s)"))
    if line.kind not in WORDS:  # of a newer version, before this one was put back
        return line.kind.replace("%", "%%")
    return str(WORDS[line.kind])


def _parts(line: Line) -> dict[str, str]:
    parts = {name: _part(name, value) for name, value in line.details.items()}
    details = line.details
    if "count" in details:
        parts["writes"] = _count_writes(details)
        parts["changes"] = count_changes(details["count"])
        parts["times"] = _count_times(details["count"])
    if line.kind == FAILED:
        parts["person"] = (
            display_name(line.author) if line.author else str(gettext("nobody we know"))
        )
    if "amount_minor" in details:
        parts["amount"] = isolated(price(details["amount_minor"], details["currency"]))
    return parts


def _part(name: str, value: Any) -> str:  # noqa: ANN401 - as JSON has it
    match name:
        case "fields":
            return listed(dict.fromkeys(map(_name_field, value)))
        case "role" | "was":
            return role_name(value)
        case "credits":
            return credit_count(value)
        case "email" | "origin":
            return isolated(value)
        case _:
            return number(value) if isinstance(value, int) else str(value)


def _name_field(name: str) -> str:
    try:
        return field_label(name)
    except KeyError:
        return str(FIELDS.get(name, name))


def _count_writes(details: Mapping[str, Any]) -> str:
    count = details["count"]
    words = ngettext(
        "%(count)s draft change", "%(count)s draft changes", count, count=number(count)
    )
    return str(
        gettext("%(changes)s, continued", changes=words) if details.get("goes_on") else words
    )


def _count_times(count: int) -> str:
    return str(ngettext("%(count)s time", "%(count)s times", count, count=number(count)))
