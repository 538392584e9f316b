"""Draws docs/architecture.svg from the imports in the code: make architecture.

A room is a folder, or a few files that belong together. An arrow says "imports". Arrows that
follow from others are left out, and so are those to what every room may use.
"""

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap

from tools.scripts import apt

ROOT = Path(__file__).parent.parent.parent
PICTURE = ROOT / "docs" / "architecture.svg"
SOURCES = ("*.py", "commands/*.py", "page_cache/*.py", "blueprints/**/*.py", "domain/**/*.py")

WIRED = ("config", "extensions")
USED_BY_ALL = ("countries", "database", "invisibles", "languages", "messages", "money", "numbers")
LIVE = "domain/catalogue/storefront"
CATALOGUE_BASE = "domain/catalogue/base"
SHARED = "blueprints/shared"
DRAFT_TABLES = {"CreditPackage", "DraftRevision", "Market", "StorefrontSettings"}

# Rooms that are neither a folder nor a file: what they are called and what is in them.
LABELS = {
    "app": ("app, commands, worker, wsgi", "Wiring, commands, processes."),
    SHARED: ("used by all areas", "htmx, forms, locale, errors, logs and more."),
    CATALOGUE_BASE: ("models, errors", "Tables, refusals."),
}
LAYERS = ("blueprints", "domain", "domain/catalogue")
# A frame around the domain would send the arrows to what is live a long way round.
FRAMES = ("blueprints", "domain/catalogue")
FONT = 'fontname="DejaVu Sans,Verdana,sans-serif"'
STYLE = f"""
graph [{FONT}, bgcolor=white, fontsize=12, newrank=true, nodesep=0.14, pad=0.2, ranksep=0.4]
node [{FONT}, color="#6b7280", fontcolor="#111827", fontsize=10, margin="0.14,0.07", shape=box,
      style="filled,rounded"]
edge [arrowsize=0.6, color="#4b5563"]
"""
BLUE, GREEN, GREY = "#dbe7fb", "#d5f0de", "#f1f2f4"
KEY = {GREEN: "reads what is live, can reach no draft", BLUE: "can reach drafts"}

Edge = tuple[str, str]
Rooms = dict[str, set[str]]


class NoGraphviz(Exception):
    """There is no Graphviz; the text is one line that says what to do."""


def imports(path: Path) -> set[str]:
    """Full names of the modules and names that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def find_room(path: Path) -> str | None:
    """The room of a source file; None for what all may use, and for docstrings of layers."""
    *folders, name = path.relative_to(ROOT).with_suffix("").parts
    folder = "/".join(folders)
    if name in WIRED + USED_BY_ALL or (name == "__init__" and folder in LAYERS):
        return None
    if folder == "blueprints":
        return SHARED
    if folder in LAYERS:
        return CATALOGUE_BASE if name in ("models", "errors") else f"{folder}/{name}"
    return "app" if folder in ("", "commands") else folder


def read_homes() -> dict[Path, str]:
    """The files of all rooms, each with its room."""
    files = sorted(path for pattern in SOURCES for path in ROOT.glob(pattern))
    return {path: room for path in files if (room := find_room(path))}


def read_rooms() -> Rooms:
    """Every room, with the rooms that it imports."""
    homes = read_homes()
    rooms: Rooms = {room: set() for room in homes.values()}
    for path, room in homes.items():
        used = {homes.get(_file_of(name)) for name in imports(path)}
        rooms[room] |= {other for other in used if other} - {room}
    return rooms


def _file_of(name: str) -> Path:
    """The file that an imported name is in; that of the package for one that is no module."""
    path = ROOT.joinpath(*name.split("."))
    for file in (path.with_suffix(".py"), path / "__init__.py"):
        if file.is_file():
            return file
    return _file_of(name.rpartition(".")[0]) if "." in name else path


def reach(rooms: Rooms, start: str) -> set[str]:
    """The rooms that `start` imports, by way of others too."""
    found: set[str] = set()
    waiting = [*rooms[start]]
    while waiting:
        room = waiting.pop()
        if room not in found:
            found.add(room)
            waiting += rooms[room]
    return found


def find_edges(rooms: Rooms) -> set[Edge]:
    """The arrows of the picture. Raises ValueError where rooms import each other."""
    drawn = {room: _drawn(rooms, room) for room in rooms}
    below = {room: reach(drawn, room) for room in drawn}
    circle = sorted(room for room in drawn if room in below[room])
    if circle:
        raise ValueError(f"These import each other in a circle: {', '.join(circle)}")
    return {
        (room, used)
        for room, direct in drawn.items()
        for used in direct
        if not any(used in below[other] for other in direct)
    }


def _drawn(rooms: Rooms, room: str) -> set[str]:
    """What it imports, without what all areas share."""
    return rooms[room] - ({SHARED} if _layer(room) == "blueprints" else set())


def _layer(room: str) -> str:
    return room.rpartition("/")[0]


def find_drafters(rooms: Rooms) -> set[str]:
    """The rooms that can reach a draft: they name its table, or import a room that does."""
    by_name = {
        room
        for path, room in read_homes().items()
        if room != CATALOGUE_BASE
        and any(name.rpartition(".")[2] in DRAFT_TABLES for name in imports(path))
    }
    return {room for room in rooms if by_name & {room, *reach(rooms, room)}}


def write_dot(rooms: Rooms) -> str:
    """The picture as Graphviz reads it."""
    edges = find_edges(rooms)
    drafters = find_drafters(rooms)
    readers = {room for room in rooms if LIVE in {room, *reach(rooms, room)}}
    readers &= {LIVE, SHARED} | {room for room in rooms if {LIVE, SHARED} & _drawn(rooms, room)}
    colours = {
        room: BLUE if room in drafters else GREEN if room in readers else GREY for room in rooms
    }
    lines = [
        "digraph Scrip {",
        STYLE,
        *(_draw_room(room, colour) for room, colour in sorted(colours.items())),
        *(_draw_frame(layer, rooms) for layer in FRAMES),
        *(_draw_edge(room, used) for room, used in sorted(edges)),
        *_keep_in_order(rooms),
        *_draw_ground(),
        "}",
    ]
    return "\n".join(lines)


def _draw_room(room: str, colour: str) -> str:
    name = room.removeprefix(f"{_layer(room)}/") if _layer(room) in FRAMES else room
    title, text = LABELS.get(room) or (name, _first_sentence(room))
    lines = "".join(f"<br/>{line}" for line in wrap(text, 24))
    return f'"{room}" [label=<<b>{title}</b>{lines}>, fillcolor="{colour}"]'


def _first_sentence(room: str) -> str:
    """How the docstring of a folder or file begins."""
    docstring = ast.get_docstring(ast.parse(_file_of(room.replace("/", ".")).read_text())) or ""
    return docstring.partition(":")[0].partition(".")[0].replace("->", "→") + "."


def _draw_frame(layer: str, rooms: Rooms) -> str:
    look = 'labeljust=l; labelloc=b; style=rounded; color="#9ca3af"; margin=12'
    return f'subgraph "cluster {layer}" {{ label="{layer}"; {look}; {_names(rooms, layer)} }}'


def _draw_edge(room: str, used: str) -> str:
    """What buyers see is to be reached straight."""
    return f'"{room}" -> "{used}" [weight={4 if used == LIVE else 1}]'


def _keep_in_order(rooms: Rooms) -> Iterator[str]:
    """Puts the areas side by side and, by lines that nobody sees, all of the domain below."""
    yield f"{{rank=same; {_names(rooms, 'blueprints')}}}"
    for room in sorted(rooms):
        if room.startswith("domain/"):
            yield f'"{SHARED}" -> "{room}" [style=invis, weight=0]'


def _names(rooms: Rooms, layer: str) -> str:
    return "; ".join(f'"{room}"' for room in sorted(rooms) if _layer(room) == layer)


def _draw_ground() -> Iterator[str]:
    """What all may use, below all, and what the colours mean."""
    names = ", ".join(USED_BY_ALL)
    yield f'"ground" [label=<<b>used by all rooms</b><br/>{names}>, fillcolor="{GREY}"]'
    rows = (
        f'<tr><td bgcolor="{colour}" width="24"></td><td align="left">{text}</td></tr>'
        for colour, text in KEY.items()
    )
    yield f'"key" [label=<<table border="0">{"".join(rows)}</table>>, shape=plain, style=""]'
    yield '"domain/catalogue/rules" -> "ground" [style=invis]'
    yield '{rank=same; "ground"; "key"}'


def draw(dot: str) -> str:
    """What Graphviz, installed if need be, makes of it; raises NoGraphviz."""
    if not shutil.which("dot"):
        print("Installing Graphviz for the picture (only once) ...", flush=True)
        try:
            apt.install("graphviz", "fonts-dejavu-core")
        except apt.CannotInstall as problem:
            raise NoGraphviz(f"The picture needs Graphviz, and {problem}.") from problem
    command = ["dot", "-Tsvg"]
    done = subprocess.run(command, input=dot, capture_output=True, text=True, check=True)  # noqa: S603
    return done.stdout


def main() -> None:
    try:
        PICTURE.write_text(draw(write_dot(read_rooms())))
    except NoGraphviz as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
