"""JSON as text: the two ways it is written, and the strings it cannot hold."""

from __future__ import annotations

import json

canonical_text = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), check_circular=False, allow_nan=False
).encode
"""Write data in the one text a digest is taken of.

Stored digests and the hash chain hang on every byte of it: keys sorted, no spaces, pure ASCII.
"""

plain_text = json.JSONEncoder(separators=(",", ":"), check_circular=False, allow_nan=False).encode
"""Write data as text that keeps the order of keys."""


def has_surrogates(value: str) -> bool:
    """Say whether a string holds code points JSON text cannot keep apart.

    A high and a low surrogate side by side would come back from JSON as one character.
    """
    try:
        value.encode()
    except UnicodeEncodeError:
        return True
    return False
