"""One class per situation; each carries its facts as fields and says what to do."""

from __future__ import annotations

from hitl_nb.errors.answering import (
    AlreadyAnswered,
    AmbiguousAnswer,
    AnswerError,
    CannotWait,
    InterruptOutsideNode,
    MissingThread,
    NobodyToAnswer,
    NothingPending,
    QuestionOpen,
    QuestionSwallowed,
    UnknownQuestion,
    UnknownThread,
)
from hitl_nb.errors.base import (
    HitlError,
)
from hitl_nb.errors.running import (
    ConflictingUpdates,
    EmptyInput,
    InvalidGraph,
    InvalidUpdate,
    RecursionLimit,
    UnknownStateKey,
    UnknownTarget,
    UnmappedRoute,
)
from hitl_nb.errors.storing import (
    CodecError,
    CyclicValue,
    DuplicateLabel,
    SecretValue,
    TooDeep,
    UndeclarableClass,
    UndeclaredClass,
    UnreadableData,
    UnstorableValue,
)

__all__ = [
    "AlreadyAnswered",
    "AmbiguousAnswer",
    "AnswerError",
    "CannotWait",
    "CodecError",
    "ConflictingUpdates",
    "CyclicValue",
    "DuplicateLabel",
    "EmptyInput",
    "HitlError",
    "InterruptOutsideNode",
    "InvalidGraph",
    "InvalidUpdate",
    "MissingThread",
    "NobodyToAnswer",
    "NothingPending",
    "QuestionOpen",
    "QuestionSwallowed",
    "RecursionLimit",
    "SecretValue",
    "TooDeep",
    "UndeclarableClass",
    "UndeclaredClass",
    "UnknownQuestion",
    "UnknownStateKey",
    "UnknownTarget",
    "UnknownThread",
    "UnmappedRoute",
    "UnreadableData",
    "UnstorableValue",
]
