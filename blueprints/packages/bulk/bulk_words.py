"""What is done to many packages, in words."""

from flask_babel import gettext as _
from flask_babel import ngettext

from blueprints.pages import number


def title(action: str) -> str:
    titles = {
        "prices": _("Change prices"),
        "credits": _("Change credits"),
        "info": _("Set short info"),
        "remove": _("Remove packages"),
        "keep": _("Keep packages"),
    }
    return str(titles[action])


def describe_saved(action: str, count: int) -> str:
    """What was saved: "8 prices changed."."""
    shown = number(count)
    if action == "prices":
        text = ngettext("%(n)s price changed.", "%(n)s prices changed.", count, n=shown)
    elif action == "remove":
        text = ngettext("%(n)s package removed.", "%(n)s packages removed.", count, n=shown)
    elif action == "keep":
        text = ngettext("%(n)s package kept.", "%(n)s packages kept.", count, n=shown)
    else:
        text = ngettext("%(n)s package changed.", "%(n)s packages changed.", count, n=shown)
    return str(text)
