"""Files of packages: exported, checked and saved by the pages, or kept and saved without them."""

import csv
import io
from collections.abc import Sequence

from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from domain.catalogue.drafts.listing import list_all_drafts
from domain.catalogue.imports.comparing import Comparison
from domain.catalogue.imports.files import get_file, keep_file, read_file
from domain.catalogue.imports.saving import Imported, save_file
from domain.catalogue.models import DraftBatch, ImportFile
from domain.database import writing
from tests.conftest import ADMIN, csrf_token
from tests.html import texts, values
from tests.page_helpers import LIST, post

IMPORT = f"{LIST}import"
HEADER = "country,name,credits,price,currency\n"
Rows = list[dict[str, str]]


def exported(client: FlaskClient, **asked: str) -> Rows:
    answer = client.get(f"{LIST}export.csv", query_string=asked)
    assert answer.status_code == 200
    text = answer.data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";" if ";" in text[:40] else ","))


def written(rows: Rows) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def check(client: FlaskClient, file: str | bytes, **fields: str) -> TestResponse:
    """What the file would change."""
    data = file.encode() if isinstance(file, str) else file
    sent = {"csrf_token": csrf_token(client, IMPORT), "decimal": "point"} | fields
    upload = FileStorage(io.BytesIO(data), "packages.csv")
    boundary, body = encode_multipart(sent | {"file": upload})
    kind = f"multipart/form-data; boundary={boundary}"
    return client.post(IMPORT, data=body, content_type=kind, follow_redirects=True)


def save(client: FlaskClient, page: TestResponse, **fields: object) -> TestResponse:
    path = values(page.text, "#import-form", "action")[0]
    digest = values(page.text, "[name=digest]", "value")[0]
    return post(client, path, {"digest": digest} | fields)


def chips(page: TestResponse) -> list[str]:
    return texts(page.text, ".chips .chip")


def drafted(session: Session) -> Rows:
    """The drafts that stay, as an export has them where prices have two decimals."""
    session.rollback()
    return [
        {
            "package": str(placed.id),
            "version": str(placed.version),
            "country": country,
            "position": str(placed.position),
            "name": placed.values.name,
            "credits": str(placed.values.credits),
            "price": f"{placed.values.price_minor / 100:.2f}",
            "currency": placed.values.currency,
            "short_info": placed.values.short_info,
        }
        for country, drafts in sorted(list_all_drafts(session, ["DE", "US"]).items())
        for placed in drafts
        if placed.position
    ]


def shown(session: Session) -> list[Sequence[object]]:
    """The same without numbers and versions, which an undo raises."""
    return [tuple(row.values())[2:] for row in drafted(session)]


def keep(session: Session, text: str, *, removes: bool = False) -> int:
    """A file that Ana chose."""
    with writing(session):
        how = {"name": "a.csv", "decimal_sign": ".", "author": ADMIN}
        return keep_file(session, text, removes=removes, **how)


def read_text(session: Session, file_id: int) -> str:
    session.rollback()
    return get_file(session, file_id, ADMIN).text


def compared(session: Session, file_id: int) -> Comparison:
    """What she sees of it now."""
    return read_file(get_file(session, file_id, ADMIN), {}).compare(session)


def save_kept(session: Session, file_id: int, digest: str = "") -> Imported:
    """She presses Save as drafts."""
    digest = digest or compared(session, file_id).digest
    return save_file(session, file_id, {}, digest=digest, takes_file=(), author=ADMIN)


def save_in(engine: Engine, file_id: int, digest: str = "") -> Imported:
    """The same in a session of its own."""
    with Session(engine) as session:
        return save_kept(session, file_id, digest)


def roots(session: Session) -> list[int]:
    """The batches that an admin can take back, each with one Undo, oldest first."""
    session.rollback()
    whole = session.query(DraftBatch.id).filter(DraftBatch.part_of.is_(None))
    return [id for (id,) in whole.order_by(DraftBatch.id)]


def is_kept(session: Session, file_id: int) -> bool:
    session.rollback()
    return session.get(ImportFile, file_id) is not None
