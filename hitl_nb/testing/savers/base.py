"""What the parts of the contract have in common."""

from __future__ import annotations

from functools import cached_property

from hitl_nb.savers.protocol import Saver
from hitl_nb.savers.records import Batch, CheckpointRow


class Contract:
    """Some of what a saver does; a subclass says how to make an empty one."""

    def make_saver(self) -> Saver:
        """Return a new, empty saver."""
        raise NotImplementedError

    @cached_property
    def saver(self) -> Saver:
        """The saver of this test."""
        return self.make_saver()

    def teardown_method(self) -> None:
        """Close what the test has opened."""
        if "saver" in self.__dict__:
            self.saver.close()

    def begun(self, thread_id: str = "t", *rows: CheckpointRow) -> int:
        """Begin a thread with some checkpoints and return its run's number."""
        _, fence = self.saver.acquire(thread_id, "graph", create=True)
        self.saver.write(thread_id, fence, Batch(checkpoints=rows))
        return fence
