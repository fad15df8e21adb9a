"""What the stored form of each type is composed of: the walk down into a value, and back up.

Types are written by calling back into the walk for their parts; they know it by these protocols.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from hitl_nb.errors.codec import Step


class Encoder(Protocol):
    """A walk down one value into JSON-able data.

    Attributes:
        canonical: Whether what equality ignores (the order of a dict's keys, memory layout) is
            written in one fixed way, for a digest, instead of being kept.
    """

    canonical: bool

    def value(self, value: Any) -> Any:
        """Return the stored form of any value."""

    def mapping(self, value: dict[Any, Any]) -> Any:
        """Return the stored form of a dict: itself if it is plain, else a tagged list of pairs."""

    def pairs(self, value: dict[Any, Any], done: Mapping[str, Any] = ...) -> list[list[Any]]:
        """Return the stored keys and values of a dict in its own order."""

    def items(
        self, values: Iterable[Any], owner: object = None, step: tuple[str, str] = ...
    ) -> list[Any]:
        """Return the stored items of a sequence; `step` says how a path names one of them."""

    def part(self, owner: object, step: Step, value: Any) -> Any:
        """Return the stored form of one part of `owner`."""


class Decoder(Protocol):
    """A walk up from stored data to the value it stands for."""

    def value(self, data: Any) -> Any:
        """Return the value that any stored data stands for."""

    def mapping(self, data: dict[Any, Any]) -> dict[str, Any]:
        """Return the plain dict that a stored object stands for."""

    def pairs(self, data: Any) -> list[tuple[Any, Any]]:
        """Return the keys and values of a stored list of pairs."""

    def items(self, data: Any, step: tuple[str, str] = ...) -> list[Any]:
        """Return the values of a stored list."""

    def part(self, owner: object, step: Step, data: Any) -> Any:
        """Return the value of one part of stored data."""
