"""What can go wrong when an owner acts on the team. Each message is a sentence for who reads it."""

from domain.accounts.errors import AccountError
from domain.messages import message


class TeamError(AccountError):
    """Base of all of these; nothing was changed."""

    SENTENCE = ""

    def __init__(self) -> None:
        super().__init__(self.SENTENCE)


class NotOwner(TeamError):
    """Who acts was an owner when the request began, perhaps."""

    SENTENCE = message("You are no owner any more. Nothing was changed.")


class AdminNotFound(TeamError):
    SENTENCE = message("This admin is not in the team, or not any more.")


class AdminChanged(TeamError):
    SENTENCE = message(
        "Nothing was changed yet: another owner changed this admin meanwhile. Look at it again."
    )


class NotOneself(TeamError):
    SENTENCE = message("You cannot do this to yourself. Ask another owner.")


class LastOwner(TeamError):
    SENTENCE = message("There must be one owner at least. Make somebody else an owner first.")


class AdminIsDisabled(TeamError):
    SENTENCE = message("No link was made: this admin is disabled. Enable them first.")


class AlreadyInTeam(TeamError):
    SENTENCE = message("This email is in the team already. Change its role in the list.")


class AlreadyDisabled(TeamError):
    SENTENCE = message(
        "This email is in the team already, and disabled. Enable it in the list instead."
    )


class AlreadyInvited(TeamError):
    SENTENCE = message("This email is invited already. Send that invitation again, or revoke it.")


class TooManyInvitations(TeamError):
    def __init__(self, most: int) -> None:
        AccountError.__init__(
            self,
            message(
                "Nobody was invited: %(most)s invitations are open. Revoke some first.", most=most
            ),
        )


class InvitationNotFound(TeamError):
    SENTENCE = message("This invitation was accepted or revoked already.")


class InvitationChanged(TeamError):
    SENTENCE = message(
        "Nothing was changed yet: a new link was made for this invitation meanwhile. Look at it "
        "again."
    )


class LinkOver(TeamError):
    """Expired, used, revoked or never made: nobody learns which."""

    SENTENCE = message("This link does not work any more. Ask for a new one.")
