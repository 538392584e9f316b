"""A believable catalogue to try Scrip with: five countries, fourteen packages, one release."""

from sqlalchemy import exists, select

from domain.catalogue.drafts.drafts import add_package, edit_settings, get_settings
from domain.catalogue.models import Release
from domain.catalogue.packages.models import CreditPackage
from domain.catalogue.packages.rules import PackageValues
from domain.catalogue.pending.pending import pending_changes
from domain.catalogue.review.review import apply_reviewed
from domain.catalogue.settings.rules import SettingsValues
from domain.database import AnySession

SETTINGS = SettingsValues(
    platform_name="Lotus Consulting",
    default_country="TR",
    intro_en="Buy credits once, then spend them on appointments, events and instant calls "
    "with any of our experts.",
    intro_tr="Bir kez kredi alın; dilediğiniz uzmanımızla randevu, etkinlik ve anlık "
    "görüşmelerde kullanın.",
    intro_de="Einmal Credits kaufen und für Termine, Veranstaltungen und Sofortgespräche bei allen "
    "unseren Fachleuten einlösen.",
    intro_ar="اشترِ الرصيد مرة واحدة، ثم استخدمه في المواعيد والفعاليات والمكالمات الفورية مع أي "
    "من خبرائنا.",
)
PACKAGES = [
    PackageValues("Başlangıç", 100, 49900, "TRY", "TR", "İlk görüşmeniz için."),
    PackageValues("Standart", 250, 114900, "TRY", "TR", "Ayda iki randevu için."),
    PackageValues("Avantaj", 600, 249900, "TRY", "TR", "Düzenli görüşmeler için."),
    PackageValues("Kurumsal", 2000, 759900, "TRY", "TR", "Ekipler için, tek fatura."),
    PackageValues("Start", 100, 1990, "EUR", "DE", "Für das erste Gespräch."),
    PackageValues("Plus", 300, 5490, "EUR", "DE", "Für regelmäßige Termine."),
    PackageValues("Profi", 1000, 16900, "EUR", "DE", "Für Teams und Vielnutzer."),
    PackageValues("Starter", 100, 1699, "GBP", "GB", "Enough for a first session."),
    PackageValues("Regular", 300, 4699, "GBP", "GB", "For a session every other week."),
    PackageValues("Starter", 100, 1999, "USD", "US", "Enough for a first session."),
    PackageValues("Pro", 500, 8999, "USD", "US", "For a session every week."),
    PackageValues("Team", 2000, 32900, "USD", "US", "Share it with your colleagues."),
    PackageValues("ライト", 100, 2980, "JPY", "JP", "はじめての相談に。"),
    PackageValues("スタンダード", 400, 10800, "JPY", "JP", "毎月の相談に。"),
]


def is_empty(session: AnySession) -> bool:
    """Whether the catalogue never held anything."""
    return not session.scalar(
        select(exists(select(CreditPackage.id)) | exists(select(Release.number)))
    )


def load(session: AnySession, *, author: str) -> None:
    """Fills an empty catalogue and applies it as release 1."""
    edit_settings(session, SETTINGS, version=get_settings(session).version, author=author)
    for values in PACKAGES:
        add_package(session, values, author=author)
    apply_reviewed(session, pending_changes(session).token, author=author, note="Sample catalogue")
