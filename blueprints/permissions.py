"""What each role may do: every route of admins, by the permission that it asks for.

A route that is not listed here is refused to everybody.
"""

from collections.abc import Iterable, Mapping

from flask import Flask, current_app, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user

from blueprints.errors import MESSAGES, error_answer
from blueprints.htmx import is_htmx
from blueprints.resubmit import resubmitted_fields
from domain.accounts.roles import Permission, Role

READ, DRAFT, PUBLISH, SERVE, OWN = Permission


def _routes(area: str, names: str) -> Iterable[str]:
    return (f"{area}.{name}" for name in names.split())


# For nobody in particular: who signs in, and pages of buyers, whose areas have guards of their own.
PUBLIC = frozenset(
    {
        *_routes("auth", "login start_session code check_code done again choose_language logout"),
        *_routes("auth", "invitation accept_invitation password_link use_password_link"),
    }
)
PUBLIC_AREAS = frozenset(
    {"account", "api", "checkout", "embed", "health", "payments", "shared", "storefront"}
    | {"static", "withdrawals"}
)
# Whoever is signed in, about themselves.
OWN_ACCOUNT = frozenset(
    {
        *_routes("auth", "account save_account save_language"),
        *_routes("auth", "sign_ins end_sign_in end_sign_ins password change_password"),
        *_routes("auth", "second_factor set_up_second_factor turn_on_second_factor"),
        *_routes("auth", "turning_off_second_factor turn_off_second_factor forget_browsers"),
        *_routes("auth", "renewing_recovery_codes renew_recovery_codes"),
        "settings.choose_theme",
    }
)
BY_PERMISSION: Mapping[Permission, Iterable[str]] = {
    READ: (
        *_routes("settings", "index"),
        *_routes("markets", "index"),
        *_routes("packages", "index pending row unseen"),
        *_routes("imports", "export"),
        *_routes("publishing", "history release cards release_at compare"),
        *_routes("publishing", "preview review review_again look_again review_after_discard"),
    ),
    DRAFT: (
        *_routes("settings", "save"),
        *_routes("markets", "edit save"),
        *_routes("packages", "actions actions_menu duplicate duplicate_form echo edit edit_form"),
        *_routes("packages", "save_edit keep move remove add add_form save_new"),
        *_routes("packages", "note_open note_closed"),
        *_routes("packages", "bulk preview_bulk save_bulk copy preview_copy save_copy"),
        *_routes("packages", "prices save_prices echo_prices total_prices"),
        *_routes("imports", "open check look turn read_again save"),
        *_routes("publishing", "discard discard_changes discard_in_review undo"),
        *_routes("publishing", "draft_changes plan_restore restore"),
    ),
    PUBLISH: (
        *_routes("packages", "apply"),
        *_routes("publishing", "apply_review go_back share revoke"),
    ),
    SERVE: (
        # All notices that there are tell of customers and purchases.
        *_routes("auth", "save_notices"),
        *_routes("customers", "index customer add save_new export statement_csv invite"),
        *_routes("customers", "edit_contact save_contact give save_giving giving_echo"),
        *_routes("customers", "debt forgive add_note add_tag remove_tag"),
        *_routes("customers", "new_payment_link make_payment_link revoke_payment_link"),
        *_routes("customers", "end_session end_sessions"),
        *_routes("purchases", "index purchase export sync_now send_receipt"),
        *_routes("purchases", "receipt receipt_pdf credit_note credit_note_pdf"),
        *_routes("purchases", "refund save_refund refund_echo"),
        *_routes("purchases", "failed failed_case mark_case_done note_case reopen_case"),
        *_routes("purchases", "tasks finish close_payment"),
    ),
    OWN: (
        *_routes("team", "index invite renewing renew revoking revoke admin change_role"),
        *_routes("team", "disabling disable enabling enable removing remove"),
        *_routes("team", "making_password_link make_password_link"),
        *_routes("team", "resetting_second_factor reset_second_factor"),
        *_routes("team", "second_factor require_second_factor make_second_factor_optional"),
        *_routes("settings", "company save_company giving save_limits"),
        *_routes("settings", "payments pause_buying resume_buying"),
        *_routes("settings", "sites add_site remove_site"),
        *_routes("settings", "platforms add_platform platform change_platform"),
        *_routes("settings", "removing_platform remove_platform"),
        *_routes("settings", "make_key revoking_key revoke_key"),
        *_routes("settings", "mail mail_list open_mail send_test send_again"),
        *_routes("activity", "index export"),
    ),
}
PERMISSIONS: Mapping[str, Permission] = {
    endpoint: permission
    for permission, endpoints in BY_PERMISSION.items()
    for endpoint in endpoints
}
ROLE_NAMES: Mapping[Role, object] = {
    Role.VIEWER: lazy_gettext("Viewer"),
    Role.EDITOR: lazy_gettext("Editor"),
    Role.PUBLISHER: lazy_gettext("Publisher"),
    Role.SUPPORT: lazy_gettext("Support"),
    Role.OWNER: lazy_gettext("Owner"),
}
ROLE_SENTENCES: Mapping[Role, object] = {
    Role.VIEWER: lazy_gettext("Reads the catalogue, its history and the preview."),
    Role.EDITOR: lazy_gettext("Reads the catalogue and changes drafts. Cannot apply them."),
    Role.PUBLISHER: lazy_gettext(
        "Changes drafts and applies them, goes back to a release, shares previews."
    ),
    Role.SUPPORT: lazy_gettext(
        "Reads the catalogue, and serves customers: credits, refunds, payment links."
    ),
    Role.OWNER: lazy_gettext("May do everything: also team, security, sites, keys, company."),
}
WHO_MAY: Mapping[Permission, object] = {
    READ: lazy_gettext("Only admins may see this."),
    DRAFT: lazy_gettext("Only editors, publishers and owners may change drafts."),
    PUBLISH: lazy_gettext(
        "Only publishers and owners may apply changes, go back to a release or share a preview."
    ),
    SERVE: lazy_gettext("Only support and owners may see and serve customers."),
    OWN: lazy_gettext("Only owners may do this."),
}


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(
        may=may, who_may=who_may, role_name=role_name, role_sentence=role_sentence
    )


def may(endpoint: str) -> bool:
    """Whether the reader may use this route; for templates, which show nothing else."""
    if not current_user.is_authenticated:
        return False
    if endpoint in OWN_ACCOUNT:
        return True
    permission = PERMISSIONS.get(endpoint)
    return permission is not None and current_user.role.may(permission)


def who_may(endpoint: str) -> str:
    """The sentence that says which roles may use this route."""
    return str(WHO_MAY[PERMISSIONS.get(endpoint, OWN)])


def is_for_admins(endpoint: str | None) -> bool:
    """Whether a sign-in is asked for: for all that is not public."""
    if endpoint is None or endpoint in PUBLIC:
        return False
    return endpoint.partition(".")[0] not in PUBLIC_AREAS


def role_name(role: Role | str) -> str:
    return str(ROLE_NAMES[Role(role)])


def role_sentence(role: Role | str) -> str:
    """What the role may do."""
    return str(ROLE_SENTENCES[Role(role)])


def refuse(endpoint: str) -> ResponseReturnValue:
    """403, and who may; what a form held can be sent once more after the role was changed."""
    current_app.logger.warning(
        "Admin %s, %s, may not use %s", current_user.admin_id, current_user.role, endpoint
    )
    sentences = [who_may(endpoint)]
    sentences.append(_("Your role is %(role)s.", role=role_name(current_user.role)))
    if request.method == "POST":
        sentences.append(_("Nothing was changed."))
    title, _advice = MESSAGES[403]
    typed = resubmitted_fields()
    if typed and not is_htmx():
        page = render_template("errors/not_allowed.html", advice=" ".join(sentences), typed=typed)
        return make_response(page, 403)
    return error_answer(403, title, " ".join(sentences))
