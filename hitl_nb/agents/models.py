"""What a model is, two that work offline, and how models are found by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from hitl_nb.errors import HitlError

_CHOICE = re.compile(r"\bone of:?\s*([^.\n]+)", re.IGNORECASE)
_DOUBT = re.compile(r"\?|\b(?:maybe|perhaps|unclear|not sure|weird|somehow)\b", re.IGNORECASE)
_QUOTED = re.compile(r"\"([^\"]+)\"|\B'([^'\n]+)'\B")


Message = Mapping[str, str]
"""One turn of a conversation: ``role`` (``"system"`` or ``"user"``) and ``content``."""


@runtime_checkable
class Model(Protocol):
    """What an agent asks: any object with this method."""

    async def complete(self, messages: Sequence[Message], *, max_tokens: int) -> str:
        """Reply to a conversation in at most so many tokens."""


class ScriptRanOut(HitlError, RuntimeError):
    """A scripted model was asked more often than it has replies."""

    def __init__(self, replies: int, prompt: str) -> None:
        self.replies, self.prompt = replies, prompt
        super().__init__(
            f"The scripted model has {replies} replies and was asked {replies + 1} times, at last "
            f"{prompt!r:.80}. Give it one more, or find out who asks once too often."
        )


class UnknownModel(HitlError, LookupError):
    """No model is registered under that name."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.name, self.known = name, tuple(known)
        super().__init__(
            f"There is no model {name!r}. Known: {', '.join(self.known)}. Real providers come "
            f"later; until then register_model({name!r}, YourModel), or pass one as model=."
        )


class MockModel:
    """Replies by rules, offline: the same prompt always gets the same reply.

    It does the first of these that the system prompt, or without one the user's text, asks for:

    * "one of: refund, billing, escalate": the first of these in the user's text, else the last;
    * "confidence": ``0.40`` if the text sounds unsure ("?", "maybe", "weird"), else ``0.90``;
    * "summar…": the first sentence of the text;
    * "draft", "reply" or "respond": a short, polite letter about it;
    * anything else: what it was told.

    Where the text has a part in quotes, or else one after a colon, only that counts. A word
    counts as a token.
    """

    def __init__(self, *, max_tokens: int = 1000) -> None:
        self.max_tokens = max_tokens

    async def complete(self, messages: Sequence[Message], *, max_tokens: int) -> str:
        """Reply by the rules."""
        said = [item["content"] for item in messages if item["role"] == "user"]
        told = [item["content"] for item in messages if item["role"] == "system"]
        words = _reply(" ".join(told or said), said[-1] if said else "").split(" ")
        return " ".join(words[: min(max_tokens, self.max_tokens)])


class ScriptedModel:
    """Replies with given texts, in order, and keeps in ``asked`` what it was asked."""

    def __init__(self, replies: Iterable[str]) -> None:
        self.replies = [replies] if isinstance(replies, str) else list(replies)
        self.asked: list[list[Message]] = []

    async def complete(self, messages: Sequence[Message], *, max_tokens: int) -> str:  # noqa: ARG002
        """Give the next reply, or raise ``ScriptRanOut``."""
        self.asked.append(list(messages))
        if len(self.asked) > len(self.replies):
            raise ScriptRanOut(len(self.replies), messages[-1]["content"] if messages else "")
        return self.replies[len(self.asked) - 1]


_MODELS: dict[str, Callable[..., Model]] = {"mock": MockModel}


def register_model(name: str, make: Callable[..., Model]) -> None:
    """Let ``get_model(name, **options)`` call ``make(**options)``."""
    _MODELS[name] = make


def get_model(name: str = "mock", **options: Any) -> Model:
    """Make the model of that name, with its options.

    Raises:
        UnknownModel: If nothing is registered under that name.
    """
    if name not in _MODELS:
        raise UnknownModel(name, _MODELS)
    return _MODELS[name](**options)


def _reply(task: str, said: str) -> str:
    if choice := _CHOICE.search(task):
        options = [word.strip("'\" ") for word in re.split(r"[,/|]|\bor\b", choice[1])]
        heard = said.replace(choice[0], "")
        named = (word for word in options if re.search(rf"(?i)\b{re.escape(word)}", heard))
        return next(named, options[-1])
    quoted, after = _QUOTED.search(said), said.partition(": ")[2]
    subject = (quoted[1] or quoted[2] if quoted else after or said).strip()
    wanted = task.lower()
    if "confidence" in wanted:
        return "0.40" if _DOUBT.search(subject) else "0.90"
    if "summar" in wanted:
        return re.split(r"(?<=[.!?])\s", subject, maxsplit=1)[0]
    if any(word in wanted for word in ("draft", "reply", "respond")):
        return f"Thank you for writing about “{subject}”. We are sorry and will see to it today."
    return f"You said: “{subject}”"
