"""What a page says about other admins. It sends along a fingerprint of what it shows already, so
that only what is new is sent."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from blueprints.i18n import listed
from blueprints.people import display_name, display_names
from domain.catalogue.changes.diff import ItemKey
from domain.catalogue.drafts import presence
from domain.catalogue.pending.unseen_changes import UnseenChanges
from domain.database import AnySession


@dataclass(frozen=True)
class Hint:
    """That others have the edit form of a package open."""

    package_id: int
    names: Sequence[str] = ()

    @property
    def words(self) -> str:
        """Two are named: "Ana and 2 others are editing this"."""
        first, *rest = display_names(self.names)
        if not rest:
            return str(_("%(name)s is editing this", name=first))
        if len(rest) == 1:
            return str(_("%(one)s and %(other)s are editing this", one=first, other=rest[0]))
        return str(_("%(name)s and %(count)s others are editing this", name=first, count=len(rest)))

    def open_words(self, package: str) -> str:
        """The same in the form of this package: "Ana also has Start open"."""
        names = display_names(self.names)
        return str(
            ngettext(
                "%(names)s also has %(package)s open",
                "%(names)s also have %(package)s open",
                len(names),
                names=listed(names),
                package=package,
            )
        )

    @property
    def fingerprint(self) -> str:
        return f"{self.package_id}-{digest(*self.names)}" if self.names else ""


def find_hints(session: AnySession) -> dict[int, Hint]:
    """What the reader is to see now, by package."""
    editing = presence.others_editing(session, current_user.email)
    return {package_id: Hint(package_id, names) for package_id, names in editing.items()}


@dataclass(frozen=True)
class Notice:
    """That the page does not show what is there now; `page` says which kind of page it is."""

    page: str = ""
    words: str = ""
    button: str = ""
    address: str = ""

    @property
    def fingerprint(self) -> str:
        return digest(self.words, self.button) if self.words else ""

    @classmethod
    def on_list(cls, unseen: UnseenChanges) -> "Notice":
        """What each of them did: "Ana changed 2 packages and applied release 7."."""
        deeds: dict[str, list[str]] = {}
        for author, count in Counter(unseen.changed_by.values()).items():
            deeds[author] = [
                ngettext(
                    "changed %(count)s package", "changed %(count)s packages", count, count=count
                )
            ]
        if unseen.release:
            applied = _("applied release %(number)s", number=unseen.release.number)
            deeds.setdefault(unseen.release.author, []).append(applied)
        words = " ".join(
            str(_("%(author)s %(deeds)s.", author=display_name(author), deeds=listed(done)))
            for author, done in deeds.items()
        )
        button = _("Show it") if len(unseen.changed_by) < 2 else _("Show them")
        return cls("list", words, button)

    @classmethod
    def on_form(cls, item: ItemKey, authors: Sequence[str], address: str) -> "Notice":
        """That others saved what the form at this address shows."""
        if not authors:
            return cls("form")
        names = listed(display_names(authors))
        if item.type == "market":
            words = _("%(authors)s changed this market.", authors=names)
        else:
            words = _("%(authors)s changed these settings.", authors=names)
        return cls("form", words, _("Show them"), address)

    @classmethod
    def on_review(cls, is_seen: bool) -> "Notice":
        words = "" if is_seen else _("The pending changes are not those shown here any more.")
        return cls("review", words, _("Look again"))


def digest(*words: str) -> str:
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:8]
