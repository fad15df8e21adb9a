"""How far a session runs before it stops for its reader."""

from __future__ import annotations

from typing import Literal

Mode = Literal["step", "question", "end"]


class Pacing:
    """Says before every superstep whether to go on.

    Args:
        step: Whether to pause between nodes.

    Attributes:
        mode: ``"step"``: pause before every superstep. ``"question"``: run to the next question,
            then pause again. ``"end"``: pause for questions only.
        stepping: Whether somebody steps, or has stopped the run: then there is something to press.
    """

    def __init__(self, *, step: bool = False) -> None:
        self.mode: Mode = "step" if step else "end"
        self.stepping = step
        self._granted = 0

    def step(self) -> None:
        """Let one superstep pass."""
        self.mode, self.stepping = "step", True
        self._granted = 1

    def run_to_question(self) -> None:
        """Pass everything until something is asked."""
        self.mode, self.stepping = "question", True

    def run_to_end(self) -> None:
        """Pass everything; questions stop the run all the same."""
        self.mode = "end"

    def stop(self) -> None:
        """Let no further superstep pass."""
        self.mode, self.stepping = "step", True
        self._granted = 0

    def asked(self) -> None:
        """Something was asked."""
        if self.mode == "question":
            self.mode = "step"
        self._granted = 0

    def holds(self) -> bool:
        """Whether to pause before the superstep that comes now; one that was granted is used up."""
        if self.mode != "step":
            return False
        if self._granted:
            self._granted -= 1
            return False
        return True
