"""Which roles admins have, and what each role may do. Pure."""

from collections.abc import Mapping
from enum import StrEnum


class Permission(StrEnum):
    """What a page or an act asks for."""

    READ = "read"  # the catalogue, its history and preview
    DRAFT = "draft"  # change drafts
    PUBLISH = "publish"  # apply changes, go back to a release, share previews
    SERVE = "serve"  # customers and purchases, their names and addresses
    OWN = "own"  # the team, security, sites, keys, company, all else that works at once


class Role(StrEnum):
    """What an admin is; each has one."""

    VIEWER = "viewer"
    EDITOR = "editor"
    PUBLISHER = "publisher"
    SUPPORT = "support"
    OWNER = "owner"

    def may(self, permission: Permission) -> bool:
        return permission in PERMISSIONS[self]


PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.VIEWER: frozenset({Permission.READ}),
    Role.EDITOR: frozenset({Permission.READ, Permission.DRAFT}),
    Role.PUBLISHER: frozenset({Permission.READ, Permission.DRAFT, Permission.PUBLISH}),
    Role.SUPPORT: frozenset({Permission.READ, Permission.SERVE}),
    Role.OWNER: frozenset(Permission),
}
ROLES = tuple(role.value for role in Role)
ROLE_CHARACTERS = 16


def roles_with(permission: Permission) -> tuple[Role, ...]:
    """In the order in which pages list them."""
    return tuple(role for role in Role if role.may(permission))
