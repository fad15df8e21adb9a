"""The contract of savers as tests: inherit the class, say how to make one, run pytest.

Example:
    >>> from hitl_nb.savers import InMemorySaver
    >>> class TestMySaver(SaverContract):
    ...     def make_saver(self):
    ...         return InMemorySaver()
"""

from __future__ import annotations

from hitl_nb.testing.savers.answers import AnswerContract
from hitl_nb.testing.savers.checkpoints import CheckpointContract
from hitl_nb.testing.savers.copies import CopyContract
from hitl_nb.testing.savers.marks import MarkContract
from hitl_nb.testing.savers.names import NameContract
from hitl_nb.testing.savers.questions import QuestionContract
from hitl_nb.testing.savers.runs import RunContract

__all__ = ["SaverContract"]


class SaverContract(
    RunContract,
    CheckpointContract,
    QuestionContract,
    AnswerContract,
    NameContract,
    CopyContract,
    MarkContract,
):
    """What every saver does; a subclass says how to make an empty one."""
