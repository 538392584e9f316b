"""What can go wrong with the company. Each message is a sentence for the person who reads it."""

from domain.messages import message


class CompanyError(Exception):
    """Base of all errors about the company."""


class UnfitCompany(CompanyError):
    """This cannot be said of a company."""


class StaleVersion(CompanyError):
    """Somebody changed it since the form was opened."""

    def __init__(self) -> None:
        super().__init__(
            message("Not saved: somebody changed the company meanwhile. Check, and save again.")
        )
