"""Takes the pictures in docs/ again: the sample's catalogue, with some changes not applied yet, and
its customers."""

import subprocess
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, BrowserContext
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import create_app
from commands.sample import SAMPLE_PLATFORM
from domain.catalogue import sample
from domain.catalogue.drafts.drafts import edit_package, move_package, remove_package
from domain.catalogue.drafts.ordering import Place
from domain.catalogue.packages.models import CreditPackage
from domain.connections import connect
from domain.customers import sample as sample_customers
from domain.customers.customers import customers_with_email
from domain.customers.sessions import open_session
from domain.languages import LANGUAGES
from domain.platforms import platforms
from domain.purchases import sample as sample_purchases
from extensions import db
from readiness import prepare_database
from tests.browser.harness import LiveApp, chromium, new_context, serving, sign_in
from tests.conftest import ADMIN, config_for, make_admin
from tools.scripts import apt

DOCS = Path(__file__).parent.parent.parent / "docs"
PACKAGES_PAGE = "/settings/credit-packages/"
PICTURES = [
    ("packages-page.png", PACKAGES_PAGE, 1280, False),
    ("packages-page-dark.png", PACKAGES_PAGE, 1280, True),
    ("review-page.png", f"{PACKAGES_PAGE}review", 1280, False),
    ("customers-page.png", "/customers/", 1280, False),
    ("customer-page.png", "/customers/3", 1280, False),
    ("purchases-page.png", "/purchases/", 1280, False),
    ("storefront.png", "/packages?country=TR&lang=tr", 1280, False),
    ("storefront-dark.png", "/packages?country=DE&lang=de", 1280, True),
    ("storefront-arabic.png", "/packages?country=US&lang=ar", 1280, False),
    ("storefront-phone.png", "/packages?country=GB&lang=en", 390, False),
]
# Of a customer, on a phone in each language: the address, and the height in pixels.
PHONE_PICTURES = {
    "account-page.png": ("/account?lang={language}", 800),
    "checkout-page.png": ("/checkout/5?release=1&country=DE&lang={language}", 1000),
}
AYSE = "ayse.yildirim@posta.example"
COUNTRIES = ("TR", "DE", "GB", "US", "JP")
# What a small Debian lacks: letters for Arabic and Japanese.
FONTS = {
    "Noto Sans Arabic": "fonts-noto-core",
    "IPAPGothic": "fonts-ipafont-gothic",
}
SHEET = """<body style="margin: 0; padding: 24px; display: grid; gap: 24px; background: #d9dde5;
  grid-template-columns: repeat(%d, 640px)">%s</body>"""
PHONES = SHEET.replace("640px", "390px")
TILE = '<img src="data:image/png;base64,%s" style="inline-size: 100%%; border-radius: 10px">'


def main() -> None:
    install_fonts()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "scrip.db"
        app = create_app(config_for(path))
        with app.app_context():
            prepare_database()
            db.engine.dispose()
        engine = connect(f"sqlite:///{path}")
        admin = make_admin(engine, ADMIN)
        with serving(app, engine, admin) as live_app, chromium() as browser:
            with live_app.writing() as session:
                sample.load(session, author=admin)
                change_some(session, author=admin)
                add_customers(session, author=admin)
                [ayse] = customers_with_email(session, AYSE)
                token = open_session(session, ayse.id, "Chrome, Android")
            take_pictures(browser, live_app)
            for name, (address, height) in PHONE_PICTURES.items():
                context = new_context(browser, live_app.url, width=390, height=height)
                take_phones(context, live_app, token, name, address)
            take_sheet(browser, live_app)


def install_fonts() -> None:
    """Installs the fonts that are missing, where that can be done."""
    known = subprocess.run(["fc-list", ":", "family"], capture_output=True, text=True, check=False)  # noqa: S607
    missing = [package for family, package in FONTS.items() if family not in known.stdout]
    try:
        if missing:
            apt.install(*missing)
    except apt.CannotInstall as problem:
        print(f"The letters will be others: {problem}.")


def add_customers(session: Session, author: str) -> None:
    app = platforms.add(session, SAMPLE_PLATFORM)
    zone = ZoneInfo("Europe/Istanbul")
    sample_customers.load(session, platform_id=app, mode="test", zone=zone, author=author)
    sample_purchases.load(session, mode="test")


def change_some(session: Session, author: str) -> None:
    """New prices in Germany, one of them a slip, one package less, and a new order in Turkey."""
    start, plus, pro = in_country(session, "DE")
    for package, price_minor in ((start, 2089), (plus, 57650)):
        dearer = package.values._replace(price_minor=price_minor)
        edit_package(session, package.id, dearer, version=package.version, author=author)
    remove_package(session, pro.id, version=pro.version, author=author)
    *_, last = in_country(session, "TR")
    move_package(session, last.id, Place(1), country="TR", author=author)


def in_country(session: Session, country: str) -> Sequence[CreditPackage]:
    wanted = select(CreditPackage).where(CreditPackage.country == country)
    return session.scalars(wanted.order_by(CreditPackage.rank)).all()


def take_pictures(browser: Browser, live_app: LiveApp) -> None:
    DOCS.mkdir(exist_ok=True)
    for name, address, width, dark in PICTURES:
        context = new_context(browser, live_app.url, width=width, height=800, dark=dark)
        page = context.new_page()
        sign_in(page, live_app)
        page.goto(address)
        page.screenshot(path=DOCS / name, animations="disabled")
        context.close()
        print(f"docs/{name}")


def take_phones(
    context: BrowserContext, live_app: LiveApp, token: str, name: str, address: str
) -> None:
    """A page of a customer, on a phone in each language."""
    context.add_cookies([{"name": "scrip-customer", "value": token, "url": live_app.url}])
    page = context.new_page()
    tiles = []
    for language in LANGUAGES:
        page.goto(address.format(language=language))
        tiles.append(TILE % b64encode(page.screenshot()).decode())
    page.set_viewport_size({"width": 24 + len(LANGUAGES) * 414, "height": 848})
    page.goto("about:blank")
    page.set_content(PHONES % (len(LANGUAGES), "".join(tiles)))
    page.screenshot(path=DOCS / name, full_page=True)
    context.close()
    print(f"docs/{name}")


def take_sheet(browser: Browser, live_app: LiveApp) -> None:
    """The cards of every country in every language on one picture, a country in each row."""
    context = new_context(browser, live_app.url, width=1040, height=680)
    page = context.new_page()
    tiles = []
    for country in COUNTRIES:
        for language in LANGUAGES:
            page.goto(f"/packages?country={country}&lang={language}")
            tiles.append(TILE % b64encode(page.screenshot()).decode())
    columns = len(LANGUAGES)
    page.set_viewport_size({"width": 24 + columns * 664, "height": 800})
    page.goto("about:blank")
    page.set_content(SHEET % (columns, "".join(tiles)))
    page.screenshot(path=DOCS / "storefront-languages.png", full_page=True)
    context.close()
    print("docs/storefront-languages.png")


if __name__ == "__main__":
    main()
