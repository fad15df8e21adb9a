"""Classes whose values the codec is tried on."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


class Basket(list):  # type: ignore[type-arg]
    pass


@dataclass
class Line:
    sku: str
    price: Decimal


@dataclass(frozen=True, slots=True)
class Key:
    part: Any
    total: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "total", 7)


@dataclass
class Client:
    url: str
    session: Any = None
