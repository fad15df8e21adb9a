"""Let a node ask: the pause, the question's identity, and the answer's way back."""

from __future__ import annotations

import asyncio
import hashlib
import json
import threading
import warnings
from collections.abc import Callable, Collection, Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol, overload

from hitl_nb.codec import Types
from hitl_nb.codec import digest as digest_of
from hitl_nb.engine.signed_answers import counts
from hitl_nb.errors import (
    AnswerRefused,
    InterruptOutsideNode,
    InvalidAnswer,
    QuestionSwallowed,
)
from hitl_nb.json_schema import check_schema, convert, describe_schema
from hitl_nb.json_schema.limits import check_offer
from hitl_nb.requests.decision import AUTOMATIC
from hitl_nb.requests.identity import source_of
from hitl_nb.savers.identity_source import PROGRAM
from hitl_nb.types import UNSET, Command, Interrupt, TypedQuestion

if TYPE_CHECKING:
    from hitl_nb.engine.events import Listener
    from hitl_nb.graph.planner import Call, Checkpoint, Plan, Task
    from hitl_nb.requests.base import Request
    from hitl_nb.requests.decision import Decision


NO_EDITS: Mapping[str, tuple[Any, Any]] = {}


class Pause(BaseException):
    """Leaves a node that waits for an answer.

    It derives from ``BaseException`` because pausing is not an error: ``except Exception``
    in a node must not catch it.
    """

    def __init__(self, *questions: Interrupt) -> None:
        self.questions = questions
        super().__init__(f"waiting for an answer to {', '.join(item.id for item in questions)}")


class ParentCommand(BaseException):
    """Leaves a subgraph with a command for the graph around it."""

    def __init__(self, command: Command) -> None:
        self.command = command
        super().__init__("a command for the graph around this one")


class TaskHost(Protocol):
    """What a running task, and whoever calls its node, needs of the execution."""

    plan: Plan
    thread: str
    ns: str
    checkpoint: Checkpoint
    context: Any
    config: Mapping[str, Any]
    inline: bool
    listen: Listener | None

    @property
    def types(self) -> Types:
        """Classes that may be stored."""

    @property
    def store(self) -> object | None:
        """What keeps the thread; None if nothing does."""

    def record_call(self, task: Task, key: str, call: Call, *, durable: bool = False) -> None:
        """Store how a call fares before anything else happens."""

    async def record_call_later(
        self, task: Task, key: str, call: Call, *, durable: bool = False
    ) -> None:
        """Store how a call fares before the node goes on."""

    def call_of(self, task: Task, key: str) -> Call | None:
        """Return how a call fares; None if it was never begun."""

    def record(self, question: Interrupt, answer: Mapping[str, Any]) -> Mapping[str, Any]:
        """Store a question with its answer, and return the answer that stands."""

    def write(self, task: Task, value: Any) -> None:
        """Send a value of the node's own to whoever watches."""


class RunningTask:
    """What one run of one task knows of its questions and their answers."""

    __slots__ = (
        "answers", "asked", "calls", "closed", "host", "inner", "nested", "over", "stage",
        "stray", "task", "times", "used",
    )  # fmt: skip

    def __init__(self, host: TaskHost, task: Task, answers: Mapping[str, Any]) -> None:
        self.host = host
        self.task = task
        self.answers = answers
        self.asked: list[Interrupt] = []
        self.used: set[str] | None = None
        self.times: dict[tuple[str | None, str], int] | None = None
        self.calls: dict[str, int] | None = None
        self.nested = 0
        self.inner: list[asyncio.Task[Any]] | None = None
        self.stage = ""
        self.closed = False
        self.over = 0
        self.stray = False

    def ask(self, value: Any, response_schema: Any, key: str | None) -> Any:
        """Return the answer to this very question, or pause for it."""
        if self.closed:
            raise self._too_late()
        schema = None if response_schema is None else describe_schema(response_schema)
        shown = digest_of_shown(value, schema, self.host.types)
        time = self._count(key, shown)
        name = self._name(key, shown, time)
        previous, attempts = None, 1
        outdated = self.host.checkpoint.outdated
        while name in outdated or (answer := self._answer(name, key, "raw", schema)) is not UNSET:
            if name not in outdated:
                if schema is None:
                    return answer
                try:
                    return convert(response_schema, answer, name)
                except InvalidAnswer as error:
                    # It fitted the JSON Schema, so it was accepted; the type itself knows better.
                    warnings.warn(f"{error} It is asked again.", AnswerRefused, stacklevel=2)
            previous, attempts = name, attempts + 1
            name = self._name(key, shown, f"{time}.{attempts}")
        question = self.host.checkpoint.asked.get(name)
        if question is None:
            check_offer(value)
            if isinstance(response_schema, dict):
                check_schema(response_schema)
            question = Interrupt(
                value, name, schema, node=self.task.node, task=self.task.id, digest=shown, key=key,
                previous=previous, attempts=attempts, edits=outdated.get(previous or "", NO_EDITS),
            )  # fmt: skip
        self.asked.append(question)
        raise Pause(question)

    def request(
        self, request: Request, key: str | None, decided: Mapping[str, Any] | None = None
    ) -> Decision:
        """Return the decision on this very request, or pause for it.

        Each hand it goes through is a question of its own. What is ``decided`` already leaves
        question and answer on the record, and does not pause.
        """
        from hitl_nb.requests.live_types import remember
        from hitl_nb.requests.replies import decide, next_request, with_refusal

        previous, attempts = None, 1
        outdated = self.host.checkpoint.outdated
        while True:
            if self.closed:
                raise self._too_late()
            schema = request.reply_schema()
            shown = digest_of_shown(request, schema, self.host.types)
            time, again = self._count(key, shown), 1
            name = self._name(key, shown, time)
            while name in outdated:
                previous, attempts, again = name, attempts + 1, again + 1
                name = self._name(key, shown, f"{time}.{again}")
            answer = self._answer(name, key, request.kind, schema)
            if answer is not UNSET and not self._counts(request, name, shown, answer):
                answer = UNSET
            if answer is UNSET:
                question = self.host.checkpoint.asked.get(name) or Interrupt(
                    request, name, schema, node=self.task.node, task=self.task.id, digest=shown,
                    key=key, previous=previous, attempts=attempts,
                    edits=outdated.get(previous or "", NO_EDITS),
                )  # fmt: skip
                if decided is None:
                    remember(name, request)
                    self.asked.append(question)
                    raise Pause(question)
                answer = self.host.record(question, decided)
                self._use(name)
            try:
                decision = decide(request, answer, name)
                after = next_request(request, decision)
                previous, attempts = None, 1
            except InvalidAnswer as error:
                # It fitted the JSON Schema, so it was accepted; the type itself knows better.
                warnings.warn(
                    f"{error.about(name, request.question)} It is asked again.",
                    AnswerRefused,
                    stacklevel=4,
                )
                after = with_refusal(request, answer, error)
                previous, attempts = name, attempts + 1
            if after is None:
                return decision
            request, decided = after, None

    def _counts(self, request: Request, name: str, shown: str, answer: Any) -> bool:
        """Whether an answer was given; a run that nobody keeps may hold what its caller wrote."""
        if self.host.store is not None or counts(request, name, shown, answer):
            return True
        if self.used is not None:
            self.used.discard(name)
        return False

    def _answer(self, name: str, key: str | None, kind: str, schema: Any) -> Any:
        """Take the answer to a question, or UNSET.

        Whoever edits the state and answers in one call has the question as it is after that in
        mind; so the answer holds, though the question shows something else now.
        """
        beside = self.host.checkpoint.beside
        if name not in self.answers and beside:
            name = self._edited_question(beside, key, kind, schema) or name
        answer = self.answers.get(name, UNSET)
        if answer is not UNSET:
            self._use(name)
        return answer

    def _edited_question(
        self, beside: Collection[str], key: str | None, kind: str, schema: Any
    ) -> str | None:
        """Return the question this one was when it was answered beside an edit, if it is sure."""
        used = self.used or set()
        asked = [item for item in self.host.checkpoint.asked.values() if item.task == self.task.id]
        replaced = {item.previous for item in asked}
        left = [item for item in asked if item.id not in replaced and item.id not in used]
        if len(left) != 1 and key is None:
            return None  # it could be any of them, and an answer to another must not be taken
        for item in left:
            same = (item.key, item.kind, item.response_schema) == (key, kind, schema)
            if same and item.id in beside:
                return item.id
        return None

    def _use(self, name: str) -> None:
        if self.used is None:
            self.used = set()
        self.used.add(name)

    def _name(self, key: str | None, shown: str, time: int | str) -> str:
        host = self.host
        branch = host.checkpoint.branch
        place = f"{host.thread}/{branch}" if branch else host.thread
        return question_id(place, f"{host.ns}{self.task.id}{self.stage}", key, shown, time)

    def _too_late(self) -> InterruptOutsideNode:
        return InterruptOutsideNode(
            f"the node {self.task.node!r} had already ended, so nobody would see the question"
        )

    def refuse_swallowed_questions(self) -> None:
        """Refuse a node that asked and went on.

        Raises:
            QuestionSwallowed: If it did.
        """
        if self.asked or self.stray:
            raise QuestionSwallowed(self.task.node, self.asked[0] if self.asked else None)

    def begin_stage(self, stage: str = "") -> None:
        """Count anew: the node runs again, or its error handler or route begins.

        Each of these may run without the one before, which must not change what belongs to what.
        """
        self.stage = stage
        self.times = self.calls = self.inner = None
        self.nested = 0

    async def join_subgraphs(self, error: BaseException) -> None:
        """Wait for graphs the node has started and left running, and take what they ask.

        ``asyncio.gather`` leaves the others running when one pauses. They are part of this task:
        its retry must not overtake them, and its thread is not free before they rest.
        """
        loop, this = asyncio.get_running_loop(), asyncio.current_task()
        tasks = [item for item in self.inner or () if item.get_loop() is loop and item is not this]
        if isinstance(error, asyncio.CancelledError):
            for item in tasks:
                item.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Pause):
                known = {item.id for item in self.asked}
                self.asked += [item for item in result.questions if item.id not in known]

    def _count(self, key: str | None, shown: str) -> int:
        if self.times is None:
            self.times = {}
        time = self.times.get((key, shown), 0)
        self.times[key, shown] = time + 1
        return time


CURRENT_TASK: ContextVar[RunningTask | None] = ContextVar("hitl_nb_task", default=None)
ATTEMPT: ContextVar[int] = ContextVar("hitl_nb_attempt", default=1)
"""Which attempt of its task some code belongs to."""
RUNNING_TASKS: set[RunningTask] = set()
"""Every task that runs now, in this process."""


def question_id(thread: str, task: str, key: str | None, shown: str, time: int | str) -> str:
    """Derive a question's id, 32 hex digits.

    Args:
        thread: The thread that asks, and its branch.
        task: The task that asks: namespace, superstep, node and place.
        key: The name the node gave the question.
        shown: Digest of payload and response schema.
        time: How many equal questions the task asked before this one, and which attempt it is.
    """
    identity = json.dumps([thread, task, key, shown, time])
    return hashlib.sha256(identity.encode()).hexdigest()[:32]


def digest_of_shown(value: Any, schema: Any, types: Types) -> str:
    """Return the digest that a question of this content commits to."""
    shown = value.payload() if isinstance(value, TypedQuestion) else value
    if schema is not None:
        return digest_of([shown, schema], types, "payload")
    digest = digest_of(shown, types, "payload")
    if isinstance(shown, list) and len(shown) == 2 and isinstance(shown[1], dict | bool):
        # It reads like a payload beside its schema. No JSON text begins like this one, and every
        # other payload keeps the digest that earlier versions stored.
        return hashlib.sha256(f"payload:{digest}".encode()).hexdigest()
    return digest


@overload
def interrupt(value: Request, *, key: str | None = None) -> Decision: ...
@overload
def interrupt(value: Any, *, response_schema: Any = None, key: str | None = None) -> Any: ...
def interrupt(value: Any, *, response_schema: Any = None, key: str | None = None) -> Any:
    """Ask a person, and return their answer.

    The node stops here and its run pauses. Once answered, the node runs again from its
    beginning and this call returns the answer given to this very question: same thread,
    task, ``key`` and content.

    Args:
        value: A request such as `Approval`; or what to show: text, a dict, or anything that can
            be stored.
        response_schema: What a valid answer looks like: a pydantic model, TypedDict, dataclass,
            other type, or a JSON Schema. An answer that does not fit is refused and the question
            stays open.
        key: A name that tells questions with equal content apart.

    Returns:
        For a request its `Decision`. Else the answer as it was given; with a type as
        ``response_schema``, an instance of it.

    Raises:
        InterruptOutsideNode: If no node is running here.
        UnstorableValue: If the payload cannot be stored; the message names the part.
        ValueError: If a JSON Schema of the answer is none.
    """
    running = current_task("interrupt()")
    if not isinstance(value, TypedQuestion):
        return running.ask(value, response_schema, key)
    if response_schema is not None:
        raise TypeError(f"{type(value).__name__} says itself what may be replied to it.")
    return ask_request(running, value, key)


def ask_request(running: RunningTask, value: Any, key: str | None) -> Decision:
    """Ask a request; what only notifies is on the record, and goes on."""
    decided = None
    if getattr(value, "level", None) == "info":
        decided = {
            "action": "approve",
            "value": None,
            "comment": "",
            "reviewer": "nobody",
            "given": "info",
            "identity": PROGRAM,
        }
    return running.request(value, key, decided)


def decide_now(
    request: Request, reply: Any, *, reviewer: str, given: str, key: str | None = None
) -> Decision:
    """Decide a request without asking anybody; question and answer are on the record.

    When the node runs again, the answer on the record stands, and nothing is decided twice. A
    decision that leads on, such as ``"escalate"``, asks a person next.

    Args:
        request: What would have been asked.
        reply: The decision, as `read_reply` takes it.
        reviewer: Who decides.
        given: How, such as ``"policy"``.
        key: A name that tells requests with equal content apart.

    Raises:
        InvalidAnswer: If the reply does not fit the request.
        AnswerError: If it is an approval, and the reviewer may not give it.
        InterruptOutsideNode: If no node is running here.
    """
    from hitl_nb.requests.replies import (
        check_identity,
        check_reason,
        check_reviewer,
        read_reply,
    )

    running = current_task("decide_now()")
    found = read_reply(request, reply)
    source = source_of(reviewer, automatic=given in AUTOMATIC)
    check_identity(request, reviewer, source)
    if given not in AUTOMATIC:
        check_reviewer(request, reviewer, found.action)
        check_reason(request, found.action, found.comment)
    decided = {
        "action": found.action, "value": found.value, "comment": found.comment,
        "reviewer": reviewer, "given": given, "identity": source,
    }  # fmt: skip
    return running.request(request, key, decided)


def get_stream_writer() -> Callable[[Any], None]:
    """Return what sends a value of the node's own to whoever watches the run.

    Raises:
        InterruptOutsideNode: If no node is running here.
    """
    running = current_task("get_stream_writer()")
    return lambda value: running.host.write(running.task, value)


def current_task(what: str) -> RunningTask:
    """Return the running task this code belongs to.

    A question asked on a thread that lost its task could belong to any node that runs now; each
    of them fails rather than going on unapproved.

    Raises:
        InterruptOutsideNode: If there is none.
    """
    running = CURRENT_TASK.get()
    if running is None:
        if threading.current_thread() is not threading.main_thread():
            for other in RUNNING_TASKS.copy():
                other.stray = True
        raise InterruptOutsideNode(f"no node is running here, but {what} needs one")
    if ATTEMPT.get() <= running.over:
        # A thread cannot be stopped; what it still wants done would be done beside its retry.
        raise InterruptOutsideNode(
            f"the node {running.task.node!r} had already ended, because its time was over"
        )
    return running
