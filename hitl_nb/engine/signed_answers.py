"""Sign the answers that a run keeps by itself, where it matters that nobody wrote them into it.

A run without a saver goes on from what its caller passes in. Who may change that may as well give
an answer, so most answers need no signature. But one that counts as one of several people's, or
says that somebody is verified, counts only if it was given here: to this process, or to one that
shares its key. So does one where it matters who gave it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from hitl_nb.codec.json_text import canonical_text
from hitl_nb.errors import SigningKeyTooShort
from hitl_nb.savers.identity_source import is_verified

if TYPE_CHECKING:
    from hitl_nb.requests.base import Request

VARIABLE = "HITL_NB_SIGNING_KEY"
"""Environment variable with the secret that processes share which go on with one run."""
SIGNATURE = "signature"
_SHORTEST = 16
_NEVER_HERE = ("widget", "console")
"""How no answer to a run without a saver is given."""


def with_signature(
    request: Request, question: str, digest: str, answer: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Return an answer with its signature, if it needs one.

    Args:
        request: What was asked.
        question: The question's id.
        digest: Of what was shown: an id alone can be written onto another question.
        answer: As it is kept.

    Raises:
        SigningKeyTooShort: If the key is one.
    """
    if not _needs_signature(request, answer):
        return answer
    return {**answer, SIGNATURE: _signature(question, digest, answer)}


def counts(request: Request, question: str, digest: str, answer: Any) -> bool:
    """Whether an answer needs no signature, or has the right one.

    Args:
        request: What is asked.
        question: The question's id.
        digest: Of what is shown.
        answer: As it was kept.

    Raises:
        SigningKeyTooShort: If the key is one.
    """
    if not isinstance(answer, Mapping):
        return False
    if not _needs_signature(request, answer):
        return True
    found = str(answer.get(SIGNATURE, ""))
    signature = _signature(question, digest, answer)
    return hmac.compare_digest(found.encode("utf-8", "surrogatepass"), signature.encode())


def _needs_signature(request: Request, answer: Mapping[str, Any]) -> bool:
    claims = is_verified(str(answer.get("identity", ""))) or answer.get("given") in _NEVER_HERE
    return request.needs_name or claims


def _signature(question: str, digest: str, answer: Mapping[str, Any]) -> str:
    said = {name: value for name, value in answer.items() if name != SIGNATURE}
    text = canonical_text([question, digest, said])
    return hmac.new(_key(), text.encode("ascii"), hashlib.sha256).hexdigest()


def _key() -> bytes:
    given = os.environ.get(VARIABLE)
    if given is None:
        return _key_of_process()
    if len(given) < _SHORTEST:
        raise SigningKeyTooShort(VARIABLE, len(given), _SHORTEST)
    return given.encode()


@cache
def _key_of_process() -> bytes:
    return os.urandom(32)
