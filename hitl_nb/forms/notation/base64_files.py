"""Bytes between a form, which holds them in base64, and the text JSON has for them."""

from __future__ import annotations

import base64
import binascii
from typing import Any


def write_bytes(text: str, node: dict[str, Any]) -> str:
    """Return the base64 of the bytes that a JSON text stands for.

    With the format ``binary`` that text is their UTF-8, else it is their base64 already.
    """
    if node.get("format") == "binary" and "contentEncoding" not in node:
        return base64.b64encode(text.encode("utf-8", "surrogatepass")).decode("ascii")
    return text


def read_bytes(text: str, node: dict[str, Any]) -> str:
    """Return the JSON text for bytes that came in base64.

    Raises:
        ValueError: In words for the reader, if they do not fit.
    """
    try:
        content = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("did not arrive whole: choose the file again") from None
    if node.get("format") == "binary" and "contentEncoding" not in node:
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError:
            raise ValueError("must be a text file, in UTF-8") from None
    if node.get("format") == "base64url":
        return base64.urlsafe_b64encode(content).decode("ascii")
    return text
