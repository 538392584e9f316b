"""Writing down in the activity what the admin who is signed in does."""

from flask import request
from flask_login import current_user

from domain.activity import recording
from domain.activity.recording import Detail, Object
from domain.database import writing
from extensions import db


def record(
    kind: str, object_type: str | None = None, object_id: int = 0, **details: Detail
) -> None:
    """To be called inside the `writing` of the act itself, so that there is neither without the
    other."""
    about = Object(object_type, object_id) if object_type else None
    recording.record(db.session, kind, current_user.email, about, **details)


def record_export(kind: str, object_type: str | None = None, object_id: int = 0) -> None:
    """A file of what customers are called, before its first line is sent: a kill on the way leaves
    no file without a line in the activity. To ask for its headers alone is no export."""
    if request.method == "GET":
        with writing(db.session):
            record(kind, object_type, object_id)
