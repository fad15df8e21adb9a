"""What can go wrong between a value and its stored form: one class per situation."""

from __future__ import annotations

from hitl_nb.errors.base import HitlError

_SHOWN_STEPS = 12

Step = str | tuple[str, str]
"""What one level adds to a path: a suffix, or a prefix and a suffix."""


class CodecError(HitlError):
    """A value cannot be written or stored data cannot be read.

    Attributes:
        reason: What is wrong and what to do, without the path.
        root: The name the whole value goes by, such as `state`.
    """

    def __init__(self, reason: str, root: str = "value") -> None:
        super().__init__(reason, root)
        self.reason = reason
        self.root = root
        # Innermost step first: the path is built while the error rises, so success pays nothing.
        self._steps: list[Step] = []
        self._owners: list[int] = []

    def rise(self, step: Step, owner: object) -> None:
        """Record that the error passed through `owner` by `step` on its way up."""
        self._steps.append(step)
        self._owners.append(id(owner))

    @property
    def path(self) -> str:
        """Where the error is, in Python notation: `state['client'].session`."""
        return _path(self.root, self._steps)

    def __str__(self) -> str:
        return f"{self.path} {self.reason}"


class UnstorableValue(CodecError, TypeError):
    """A value has no stored form, so it was refused before anything was written."""


class UndeclaredClass(UnstorableValue):
    """The value's class could be stored, but the program did not declare it."""


class SecretValue(UnstorableValue):
    """The value is a secret; secrets are never written."""


class TooDeep(UnstorableValue):
    """The value is nested more deeply than a stored value may be."""

    def cycle(self) -> CyclicValue | None:
        """Return the error to raise instead if the nesting is a value inside itself."""
        steps, owners = self._steps[::-1], self._owners[::-1]
        first_seen: dict[int, int] = {}
        for level, owner in enumerate(owners):
            if owner in first_seen:
                outer = _path(self.root, steps[: first_seen[owner]][::-1])
                error = CyclicValue(
                    f"refers back to {outer}, and a value inside itself cannot be stored: "
                    "store a key or an id instead of the object",
                    self.root,
                )
                error._steps = steps[:level][::-1]
                return error
            first_seen[owner] = level
        return None


class CyclicValue(UnstorableValue):
    """The value contains itself."""


class UnreadableData(CodecError, ValueError):
    """Stored data is malformed, or names a tag or class this program does not know."""


class UndeclarableClass(CodecError, TypeError):
    """A class was declared whose values the codec has no way to store."""

    def __init__(self, cls: object) -> None:
        name = getattr(cls, "__qualname__", None) or repr(cls)
        super().__init__(
            "cannot be declared: only dataclasses, pydantic models, named tuples, enums and "
            "subclasses of str, int, float, tuple, list, dict, set and frozenset can be; keep "
            "live objects in context=",
            name,
        )
        self.cls = cls


class DuplicateLabel(CodecError, ValueError):
    """Two different classes go by one label, so stored data could mean either."""

    def __init__(self, label: str) -> None:
        super().__init__(
            "is the name of two different declared classes: rename one, or declare only the one "
            "in use (running a notebook cell again makes a new class of the same name)",
            label,
        )
        self.label = label


def _path(root: str, steps: list[Step]) -> str:
    """Join steps, innermost first, leaving out the middle of a very long path."""
    outward = steps[::-1]
    if len(outward) > _SHOWN_STEPS:
        half = _SHOWN_STEPS // 2
        outward = [*outward[:half], "…", *outward[-half:]]
    path = root
    for step in outward:
        path = path + step if isinstance(step, str) else step[0] + path + step[1]
    return path
