"""A receipt as PDF: printed from the HTML that its page shows."""

from flask import Response, current_app, get_template_attribute
from flask_babel import gettext as _

from blueprints.caching import PRIVATE
from blueprints.locale import use_language
from blueprints.receipt_pages import Paper
from domain.mail.composing import Attachment
from domain.papers.reading import read_paper
from domain.papers.sheets import Sheet

PDF = "application/pdf"


def print_paper(paper: Paper) -> bytes:
    """It takes a third of a second, and once in each process another one to load what prints."""
    from domain.papers.printing import print_sheet

    sheet, title = _word(paper)
    author = paper.content["seller"]["legal_name"]
    return print_sheet(sheet, title, author, paper.issued_at)


def attach(paper: Paper) -> Attachment:
    return Attachment(f"{paper.number}.pdf", PDF, print_paper(paper))


def pdf_answer(paper: Paper) -> Response:
    """A file to keep, but in no cache."""
    file = attach(paper)
    answer = Response(file.content, mimetype=PDF)
    answer.headers["Content-Disposition"] = f'attachment; filename="{file.name}"'
    answer.headers["Cache-Control"] = PRIVATE
    return answer


def _word(paper: Paper) -> tuple[Sheet, str]:
    """The sheet and its title, in the language of the purchase and not in that of the reader."""
    with current_app.app_context():
        use_language(paper.content["language"], paper.content["country"])
        html = get_template_attribute("macros/receipt.html", "paper")(paper)
        title = _("Credit note %(number)s") if paper.is_note else _("Receipt %(number)s")
        return read_paper(html), title % {"number": paper.number}
