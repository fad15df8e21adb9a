"""The one door for what comes from the browser, whatever shows it: a session, an inbox.

A message that carries a nonce is waited for by whoever sent it, with their form locked. So
whatever happens to it, one word on it goes back: an acknowledgement or a refusal.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol

from hitl_nb.messages import Acknowledge, FromKernel
from hitl_nb.notebook.widget.acknowledge import log, refused, why_refused, words_of

if TYPE_CHECKING:
    from pydantic import TypeAdapter

NONCES_KEPT = 1000
"""Nonces that are remembered, the newest ones: a message that arrives twice does so in seconds."""
NOT_UNDERSTOOD = (
    "The kernel does not understand what was sent, and did nothing. Reload the page: what it draws "
    "may be of another version."
)
USED_BEFORE = (
    "Something else was sent under the same number before, so this was not used. Send it again."
)


class Handler(Protocol):
    """What acts on the messages of one kind of view."""

    @property
    def kind(self) -> Any:
        """The type of its messages, a union."""

    def handle(self, message: Any) -> Acknowledge | None:
        """Act on a message; return the word on it if it has a nonce."""

    def follow_up(self, message: Any, word: Acknowledge | None) -> None:
        """Draw what a message changed, after the word on it was said."""

    def notice(self, text: str) -> None:
        """Tell a person something in the view."""


class Receiver:
    """Takes messages from the browser to whoever acts on them, and their word back.

    Args:
        handler: Acts on them.
        say: Sends a message to the browser.
    """

    def __init__(self, handler: Handler, say: Callable[[FromKernel], None]) -> None:
        self._handler = handler
        self._say = say
        self._nonces = NonceTable(NONCES_KEPT)

    def receive(self, content: Any) -> None:
        """Handle a message; one that is none of ours is dropped, unless its word is waited for."""
        nonce, message, word = _nonce_of(content), None, None
        try:
            message = read_as(self._handler.kind, content)
            if message is not None:
                nonce = message.get("nonce")
                word = self._handle(message, nonce)
            elif nonce is not None:
                word = refused(nonce, NOT_UNDERSTOOD)
        except Exception as error:  # nobody else would hear of it, and somebody may wait for a word
            if nonce is None:
                self._notice(error)
            else:
                word = refused(nonce, why_refused(error))
        # Said before anything is drawn, so that an answer that is stored is not called lost
        # because the list around it cannot be read or drawn.
        if word is not None:
            self._say_if_it_can_be(word)
        if message is not None:
            try:
                self._handler.follow_up(message, word)
            except Exception as error:  # the word is out, and stands
                self._notice(error)

    def _handle(self, message: Any, nonce: str | None) -> Acknowledge | None:
        """Have a message handled, one with a nonce once; return what to say to whoever waits."""
        if nonce is None:
            return self._handler.handle(message)
        before = self._nonces.word_on(nonce, message)
        if before is not None:
            return before
        try:
            word = self._handler.handle(message)
        except Exception as error:  # kept too: what arrives twice hears the same word twice
            word = refused(nonce, why_refused(error))
        if word is not None:
            self._nonces.keep(nonce, message, word)
        return word

    def _say_if_it_can_be(self, word: Acknowledge) -> None:
        try:
            self._say(word)
        except Exception:  # there is no other way to the browser
            log.exception("The word on a message could not be sent.")

    def _notice(self, error: Exception) -> None:
        """Tell of an error that no word tells of."""
        try:
            self._handler.notice(words_of(error))
        except Exception:  # what cannot be drawn can still be logged
            log.exception("A notice could not be shown.")


class NonceTable:
    """Remembers what was sent under each nonce, and the word on it.

    Args:
        size: How many are kept; the oldest is forgotten first.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._words: dict[str, tuple[bytes, Acknowledge]] = {}

    def __len__(self) -> int:
        return len(self._words)

    def word_on(self, nonce: str, message: Any) -> Acknowledge | None:
        """Return the word on a message that came before; None for a new nonce.

        Another message under a known nonce is refused: the word on the first one says nothing of
        it, and to be told "accepted" for what was never used is the worst that could be said.
        """
        if nonce not in self._words:
            return None
        digest, word = self._words[nonce]
        return word if digest == _digest(message) else refused(nonce, USED_BEFORE)

    def keep(self, nonce: str, message: Any, word: Acknowledge) -> None:
        """Remember the word on a message."""
        self._words[nonce] = (_digest(message), word)
        while len(self._words) > self._size:
            del self._words[next(iter(self._words))]


def read_as(kind: Any, content: Any) -> Any:
    """Check a message from the browser against its description; None if it is none of ours.

    Args:
        kind: The type of messages it should be of. A union, as most are, cannot be a ``type[T]``,
            so whoever calls says what comes back.
        content: What arrived.
    """
    from pydantic import ValidationError

    try:
        return _adapter(kind).validate_python(content, strict=True)
    except ValidationError:
        return None


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    """Return what checks messages, which takes longer to make than a form to draw."""
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def _nonce_of(content: Any) -> str | None:
    nonce = content.get("nonce") if isinstance(content, dict) else None
    return nonce if isinstance(nonce, str) else None


def _digest(message: Any) -> bytes:
    """Return what tells two messages apart, of a size that does not grow with them."""
    spelt = json.dumps(message, sort_keys=True, default=repr)
    return sha256(spelt.encode("utf-8", "surrogatepass")).digest()
