"""What all applications of a run share: making one takes longer than most requests to it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from werkzeug.routing import Rule

WRITE_BUILDER = "_compile_builder"


def share_templates(folder: Path) -> None:
    """Compiled once, by whichever process needs one first."""
    folder.mkdir(exist_ok=True)
    Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(str(folder))}


def share_addresses() -> None:
    """For each address Werkzeug writes two functions that put it together, and compiles them: most
    of what making an application takes. They come out alike each time."""
    write: Callable[[Rule, bool], object] = getattr(Rule, WRITE_BUILDER)
    written: dict[tuple[Any, ...], object] = {}

    def write_once(rule: Rule, append_unknown: bool = True) -> object:
        key = (rule.rule, rule.subdomain, repr(rule.defaults), append_unknown)
        if key not in written:
            written[key] = write(rule, append_unknown)
        return written[key]

    setattr(Rule, WRITE_BUILDER, write_once)
