"""Which request is being answered, and from where it came: for the log, and for what is kept of who
did what. Pure; both are "" where nothing asked, in a command for example."""

from contextvars import ContextVar

ID_CHARACTERS = 64

request_id: ContextVar[str] = ContextVar("request_id", default="")
request_address: ContextVar[str] = ContextVar("request_address", default="")
