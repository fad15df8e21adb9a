"""A graph that cannot be declared or run as it is."""

from __future__ import annotations

from collections.abc import Sequence

from hitl_nb.errors.base import HitlError


class InvalidGraph(HitlError, ValueError):
    """The graph as declared cannot run."""


class InvalidReducer(InvalidGraph):
    """A key is annotated with a callable that cannot join two values."""

    def __init__(self, key: str, reducer: object) -> None:
        name = getattr(reducer, "__qualname__", repr(reducer))
        super().__init__(
            f"The state key {key!r} is annotated with {name}, which does not take two arguments: "
            f"what is there and what is written. Give it two, or take it out of the annotation."
        )
        self.key = key
        self.reducer = reducer


class UnknownStateKey(HitlError, ValueError):
    """A write names a key the state schema does not declare."""

    def __init__(
        self, key: str, writer: str, declared: Sequence[str], nearest: str | None = None
    ) -> None:
        self.key, self.writer, self.declared, self.nearest = key, writer, declared, nearest
        hint = f" Did you mean {nearest!r}?" if nearest else ""
        super().__init__(
            f"{writer} wrote the state key {key!r}, which the state schema does not declare."
            f"{hint} Declared: {', '.join(map(repr, declared))}."
        )


class InvalidUpdate(HitlError, ValueError):
    """What a node returned is not an update of the state."""


class ConflictingUpdates(InvalidUpdate):
    """Two tasks of one superstep wrote a key that has no reducer."""

    def __init__(self, key: str, writers: Sequence[str]) -> None:
        self.key, self.writers = key, tuple(writers)
        names = " and ".join(repr(name) for name in dict.fromkeys(writers))
        super().__init__(
            f"{names} wrote the state key {key!r} twice in the same "
            f"superstep. Give the key a reducer, such as Annotated[list, operator.add], "
            f"or let only one of them write it."
        )


class UnknownTarget(HitlError, ValueError):
    """An edge, ``goto``, ``Send`` or route names a node the graph does not have."""

    def __init__(
        self, target: object, source: str, nodes: Sequence[str], nearest: str | None = None
    ) -> None:
        self.target, self.source, self.nodes, self.nearest = target, source, nodes, nearest
        hint = f" Did you mean {nearest}?" if nearest else ""
        super().__init__(
            f"{source} names {target!r}, which is not a node of this graph.{hint} "
            f"Nodes: {', '.join(map(repr, nodes))}."
        )


class UnmappedRoute(HitlError, ValueError):
    """A conditional edge returned a value its mapping does not hold."""

    def __init__(self, source: str, returned: object, mapped: Sequence[object]) -> None:
        self.source, self.returned, self.mapped = source, returned, mapped
        super().__init__(
            f"The route after {source!r} returned {returned!r}, which its mapping does not "
            f"hold. Mapped: {', '.join(map(repr, mapped))}."
        )


class RecursionLimit(HitlError, RecursionError):
    """The run took more supersteps than its limit allows."""

    def __init__(self, limit: int, upcoming: Sequence[str]) -> None:
        self.limit, self.upcoming = limit, tuple(upcoming)
        super().__init__(
            f"The run took {limit} supersteps and is not done; next would be "
            f"{', '.join(map(repr, upcoming))}. If that is no endless loop, raise the limit: "
            f"config={{'recursion_limit': {limit * 4}}}."
        )


class NodeTimeout(HitlError):
    """A node took longer than it may.

    A sync function cannot be stopped: its thread goes on, but its result is not used.
    """

    def __init__(self, node: str, seconds: float) -> None:
        self.node, self.seconds = node, seconds
        super().__init__(
            f"The node {node!r} took longer than its {seconds:g} seconds. Raise the limit with "
            f"add_node(..., timeout=...), or give it a retry_policy."
        )


class EmptyInput(HitlError, ValueError):
    """A run was started without input and there is nothing to continue."""
