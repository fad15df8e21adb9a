"""What is answered to each question of the forms gallery, by code and by hand alike."""

from __future__ import annotations

from typing import Any

from hitl_nb import Interrupt, ScriptedReviewer

CLAIM: dict[str, Any] = {
    "customer": "Ines Halvard",
    "story": "It came late.\nAnd broken.",
    "door_code": "0417",
    "urgent": True,
    "channel": "phone",
    "country": "NL",
    "labels": ["fragile", "return"],
    "mood": 2,
    "discount": 0.25,
    "amount": "39.90",
    "ordered": "2026-10-31",
    "delivered": "2026-11-20T14:05:00+01:00",
    "call_at": "09:30:00",
    "patience": "P2DT6H",
    "items": [{"name": "lamp", "pieces": 1}, {"name": "shade", "pieces": 2}],
    "prices": {"lamp": "39.90", "shade": "4.5"},
    "size": [30, 45],
    "paid": {"kind": "cash", "till": 7},
    "contact": "ines@example.org",
    "note": "ring twice",
    "colour": "#aa3300",
    "receipt": "cGFpZCBpbiBjYXNo",
    "extra": {"vip": [True, None, 1.5]},
}
LETTER = "Dear Ines, your lamp leaves us today."
ANSWERS: dict[str, Any] = {
    "Send this letter?": {"action": "edit", "value": LETTER, "comment": "shorter"},
    "Pay this refund?": {
        "action": "edit",
        "value": {"order": "A-17", "amount": 35.5, "reason": "came late", "notify": True},
    },
    "Who should take this?": "legal",
    "Why was it late?": ["carrier", "address", "a strike"],
    "Which product is meant?": "the desk lamp",
    "Close the old tickets?": True,
    "Delete the archive?": "delete archive",
    "What happened?": CLAIM,
    "Correct the summary": "The customer is angry because the lamp came late and broken.",
    "How good is this?": {"action": "answer", "value": {"score": 4, "type": "good"}},
    "Run these calls?": [
        "approve",
        {"action": "edit", "args": {"order": "A-17", "amount": 4}},
        {"action": "respond", "message": "I looked: it is in Utrecht."},
    ],
    "Send the reminder?": "approve",
    "Grant 30% off for a year?": "approve",
    "Run refund?": "approve",
}


class Reviewers(ScriptedReviewer):
    """Answer all of the gallery: as Ana, and as Bo where Ana was before."""

    def __init__(self) -> None:
        super().__init__(ANSWERS)

    def review(self, question: Interrupt) -> Any:
        """Return the script's answer."""
        earlier = [turn.reviewer for turn in question.value.history]
        self.name = "bo" if "ana" in earlier else "ana"
        return super().review(question)
