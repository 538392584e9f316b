"""Takes the pictures in docs/ again: the sample catalogue, with two changes not applied yet."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import create_app
from catalogue import sample
from catalogue.drafts import edit_package, move_package
from catalogue.models import CreditPackage
from catalogue.ordering import Place
from cli import prepare_database
from database import connect
from extensions import db
from tests.browser.harness import LiveApp, chromium, new_context, serving, sign_in
from tests.conftest import ADMIN, config_for, make_admin

DOCS = Path(__file__).parent.parent / "docs"
PACKAGES_PAGE = "/settings/credit-packages/?country=TR"
PICTURES = [
    ("packages-page.png", PACKAGES_PAGE, False),
    ("packages-page-dark.png", PACKAGES_PAGE, True),
    ("storefront.png", "/packages?country=TR", False),
]


def main() -> None:
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
                change_two(session, author=admin)
            take_pictures(browser, live_app)


def change_two(session: Session, author: str) -> None:
    """A new price in Turkey, and a new order there."""
    _, second, _, last = session.scalars(
        select(CreditPackage).where(CreditPackage.country == "TR").order_by(CreditPackage.rank)
    )
    dearer = replace(second.values, price_minor=119900)
    edit_package(session, second.id, dearer, version=second.version, author=author)
    move_package(session, last.id, Place(1), country="TR", author=author)


def take_pictures(browser: Browser, live_app: LiveApp) -> None:
    DOCS.mkdir(exist_ok=True)
    for name, address, dark in PICTURES:
        context = new_context(browser, live_app.url, width=1200, height=800, dark=dark)
        page = context.new_page()
        sign_in(page, live_app)
        page.goto(address)
        page.screenshot(path=DOCS / name)
        context.close()
        print(f"docs/{name}")  # noqa: T201


if __name__ == "__main__":
    main()
