"""What can be done from a terminal: ``python -m hitl_nb serve module:graph``."""

from __future__ import annotations

import argparse
import asyncio
import difflib
import logging
import pkgutil
import signal
import sys
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

from hitl_nb.compiled import CompiledGraph, StateGraph
from hitl_nb.errors import HitlError, NotServed
from hitl_nb.savers.default import default_path
from hitl_nb.savers.protocol import Saver
from hitl_nb.savers.sqlite.saver import SqliteSaver
from hitl_nb.server.server import Server

_MEMORY = "in memory"
_GONE = (
    "What is kept in memory is gone with its process, so no other can serve it. Name a file: "
    "--saver hitl.db"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says.

    Returns:
        The exit status: 0, or 1 if a thread was stopped by an error.
    """
    given = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    try:
        graphs = [read_graph(name) for name in given.graphs]
        with closing(_saver_of(graphs) if given.saver is None else _opened(given.saver)) as saver:
            return asyncio.run(_serve(Server(graphs, saver), once=given.once))
    except (HitlError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2


def read_graph(name: str) -> CompiledGraph:
    """Import the graph a name such as ``refunds.flow:graph`` stands for.

    Raises:
        NotServed: If there is no such module, or no such graph in it; names the nearest one.
    """
    module_name, colon, attribute = name.partition(":")
    if not (colon and attribute and all(map(str.isidentifier, module_name.split(".")))):
        raise NotServed(
            f"{name!r} names no graph. Write module:graph, such as refunds.flow:graph for "
            f"'graph' in refunds/flow.py."
        )
    module = _import(module_name)
    try:
        found = pkgutil.resolve_name(name)
    except (AttributeError, ValueError):
        found = None
    if isinstance(found, StateGraph):
        found = found.compile()
    if not isinstance(found, CompiledGraph):
        raise NotServed(_no_graph(module, attribute, found))
    return found


def _import(name: str) -> ModuleType:
    here = str(Path.cwd())
    if here not in sys.path and "" not in sys.path:
        sys.path.insert(0, here)
    try:
        module: ModuleType = pkgutil.resolve_name(f"{name}:")
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise  # a module that module imports is missing, which its traceback says best
        raise NotServed(
            f"There is no module {name!r} to import from {here!r}."
            f"{_did_you_mean(name, _modules_here())} Run this where the module is, or set "
            f"PYTHONPATH."
        ) from error
    return module


def _modules_here() -> list[str]:
    """Return the modules of the working directory, packages one level deep included."""
    here = Path.cwd()
    files = [*here.glob("*.py"), *here.glob("*/*.py")]
    names = [".".join(file.relative_to(here).with_suffix("").parts) for file in files]
    return [name.removesuffix(".__init__") for name in names]


def _no_graph(module: ModuleType, attribute: str, found: Any) -> str:
    graphs = [
        name
        for name, value in vars(module).items()
        if isinstance(value, CompiledGraph | StateGraph)
    ]
    what = f"is {type(found).__name__}, not a graph" if found is not None else "does not exist"
    listed = ", ".join(map(repr, graphs)) or "none"
    return (
        f"{module.__name__}:{attribute} {what}.{_did_you_mean(attribute, graphs)} Graphs in "
        f"{module.__name__}: {listed}."
    )


def _saver_of(graphs: Iterable[CompiledGraph]) -> Saver:
    """Return where sessions of the graphs keep their threads.

    Raises:
        NotServed: If they do so in several places, or in memory.
    """
    own = {id(graph.checkpointer): graph for graph in graphs}
    saver, *others = [graph.checkpointer for graph in own.values()]
    if others:
        places = ", ".join(f"{graph.name!r} {_place_of(graph)}" for graph in own.values())
        raise NotServed(
            f"These graphs have savers of their own: {places}. Serve each in a process of its "
            f"own, or name one file for all: --saver path/to/hitl.db"
        )
    if saver is None:
        return _opened(default_path())
    if saver.place == _MEMORY:
        raise NotServed(_GONE)
    return saver


def _place_of(graph: CompiledGraph) -> str:
    if graph.checkpointer is not None:
        return graph.checkpointer.place
    path = default_path()
    return _MEMORY if path is None else f"saved in {path.name}"


def _opened(name: str | Path | None) -> SqliteSaver:
    """Return the store of a path, which has to be there: nobody else would fill a new one.

    Raises:
        NotServed: If there is no such file.
    """
    if name is None or name == ":memory:":
        raise NotServed(_GONE)
    if not Path(name).exists():
        folder = Path(name).parent
        near = [str(file) for file in sorted(folder.glob("*.db"))] if folder.is_dir() else []
        raise NotServed(
            f"There is no store {str(name)!r}.{_did_you_mean(str(name), near)} Give the file the "
            f"threads are kept in: --saver path/to/hitl.db"
        )
    return SqliteSaver(name)


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, [*known], n=1, cutoff=0.5)
    return f" Did you mean {near[0]!r}?" if near else ""


async def _serve(server: Server, *, once: bool) -> int:
    """Serve until told to stop; a second signal does not wait for the running supersteps."""
    running = asyncio.ensure_future(server.run(once=once))

    def stop(*_: object) -> None:
        if server.stopping:
            running.cancel()
        server.stop()

    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(name, stop)
        except NotImplementedError:  # Windows
            signal.signal(name, lambda *_: loop.call_soon_threadsafe(stop))
    await asyncio.sleep(0)  # it runs now, as the line below says
    logging.getLogger("hitl_nb.server.server").info("%s", server)
    try:
        await running
    except asyncio.CancelledError:
        return 1
    return 1 if server.status.errors else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m hitl_nb", description=__doc__)
    commands = parser.add_subparsers(required=True)
    serve = commands.add_parser(
        "serve",
        help="go on with threads whose questions were answered",
        description="Go on with threads whose questions were answered, whoever answers them, "
        "and with those whose process died. Ctrl+C stops after the running superstep.",
    )
    serve.add_argument("graphs", nargs="+", metavar="module:graph", help="what to run")
    serve.add_argument(
        "--saver",
        metavar="hitl.db",
        help="the file the threads are kept in; by default the saver the graph was compiled "
        "with, else the file a session would use",
    )
    serve.add_argument("--once", action="store_true", help="serve what is there, and exit")
    return parser


if __name__ == "__main__":
    sys.exit(main())
