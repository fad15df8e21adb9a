"""Record an answer: which question it is for, whether it fits, and its place in the log."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from hitl_nb.codec import encode
from hitl_nb.engine.checkpoint_rows import Typed
from hitl_nb.errors import (
    AlreadyAnswered,
    AmbiguousAnswer,
    AnswerError,
    AnswerTooLate,
    DeadlinePassed,
    InvalidAnswer,
    NameRequired,
    NothingPending,
    ReviewerDiffers,
    StaleQuestion,
    UnknownQuestion,
)
from hitl_nb.graph.planner import Plan
from hitl_nb.json_schema import check, plain
from hitl_nb.marked_text.identity import identity_of, names_somebody, trimmed
from hitl_nb.requests.decision import AUTOMATIC
from hitl_nb.requests.identity import Claim, Verifier, source_of
from hitl_nb.savers.checks import unknown_thread
from hitl_nb.savers.clock import now
from hitl_nb.savers.protocol import Saver
from hitl_nb.savers.records import AnswerRow, DecisionRow
from hitl_nb.threads.deadlines import TIMEOUT, deadline, expire_pending
from hitl_nb.types import Interrupt


class Given(NamedTuple):
    """Who gave an answer, and how.

    Args:
        reviewer: Who.
        how: ``"widget"``, ``"code"``, ``"console"``, ``"policy"``, ``"timeout"``.
        action: ``"answer"``; what a request calls it is part of the reply to it.
        comment: What the reviewer wrote besides.
        displayed: What was on the screen, if somebody looked; of an answer that came in one call
            with an edit of the state, which keys that names.
        verifier: Who finds out who answers at this door; nobody if it is None.
        identity: Where the name comes from; found out with the answer.
    """

    reviewer: str = "code"
    how: str = "code"
    action: str = "answer"
    comment: str = ""
    displayed: Any = None
    verifier: Verifier | None = None
    identity: str = ""


BY_CODE = Given()


def check_answer(question: Interrupt, answer: Any, given: Given, at: str) -> tuple[Any, Given]:
    """Check an answer to an open question.

    Args:
        question: The question.
        answer: What was given; for a request, a reply as `read_reply` takes it.
        given: By whom, and how.
        at: When.

    Returns:
        The answer as it is kept, and by whom and how with what it says itself about that.

    Raises:
        InvalidAnswer: If it does not fit.
        AnswerError: If it is an approval, and the reviewer may not give it; or if it names
            another reviewer than its door.
    """
    request = question.value
    if question.kind == "raw":
        if question.response_schema is not None:
            check(question.response_schema, answer, question.id)
            answer = plain(answer)
        return answer, _identified(given, None, question)
    from hitl_nb.requests.replies import (
        check_identity,
        check_reason,
        check_reviewer,
        read_reply,
    )

    reply = read_reply(request, answer, question.id)
    given = _identified(given, reply.reviewer, question)
    reviewer = given.reviewer
    comment = reply.comment or given.comment
    check_identity(request, reviewer, given.identity)
    if given.how not in AUTOMATIC:
        check_reviewer(request, reviewer, reply.action)
        try:
            check_reason(request, reply.action, comment)
        except InvalidAnswer as error:
            raise error.about(question.id, request.question) from error
    stored = {
        "action": reply.action,
        "value": reply.value,
        "comment": comment,
        "reviewer": reviewer,
        "given": given.how,
        "identity": given.identity,
        "at": at,
    }
    return stored, given._replace(comment=comment, action=reply.action)


def _identified(given: Given, said: str | None, question: Interrupt) -> Given:
    """Return who it is, and where that is from: the door's word counts before the answer's.

    Raises:
        ReviewerDiffers: If an answer names somebody else than its door.
        NameRequired: If the door calls whoever answers by what is no name.
    """
    name, claimed = trimmed(given.reviewer), trimmed(said or "")
    if names_somebody(claimed):
        if names_somebody(name) and identity_of(name) != identity_of(claimed):
            raise ReviewerDiffers(claimed, name)
        name = name if names_somebody(name) else claimed
    automatic = given.how in AUTOMATIC
    if identity_of(name) in ("", identity_of(TIMEOUT)) and not automatic:
        raise NameRequired(given.reviewer, "it goes on the record")
    source = source_of(name, automatic=automatic)
    if given.verifier is not None:
        claim = Claim(name if names_somebody(name) else "", given.how, question)
        found = given.verifier.verify(claim)
        if found is not None:
            name, source = trimmed(found.name), found.source
    return given._replace(reviewer=name, identity=source)


def address(pending: Sequence[Interrupt], resume: Any) -> dict[str, Any]:
    """Say which question each answer is for.

    Args:
        pending: The open questions, at least one.
        resume: One answer, or a dict whose keys are all ids of questions.

    Returns:
        The answers by question id.

    Raises:
        UnknownQuestion: If some of its keys are open questions and others are not.
        AmbiguousAnswer: If a bare answer could be for several questions.
    """
    if isinstance(resume, Mapping) and resume:
        known = {item.id for item in pending}
        if names_questions(resume) or known & resume.keys():
            for key in resume:
                if key not in known:
                    raise UnknownQuestion(str(key), pending)
            return dict(resume)
    if len(pending) > 1:
        raise AmbiguousAnswer(pending)
    return {pending[0].id: resume}


def names_questions(resume: Any) -> bool:
    """Whether an answer is a dict that says by id which questions it is for."""
    if not isinstance(resume, Mapping) or not resume:
        return False
    return all(isinstance(key, str) and _is_question_id(key) for key in resume)


def _is_question_id(text: str) -> bool:
    return len(text) == 32 and not text.strip("0123456789abcdef")


def answer_pending(
    saver: Saver,
    thread_id: str,
    pending: Sequence[Interrupt],
    plan: Plan,
    resume: Any,
    seen: Collection[str] | None = None,
    given: Given = BY_CODE,
) -> Sequence[DecisionRow]:
    """Close the questions an answer is for, after checking it against their schemas.

    Args:
        saver: Where the thread is kept.
        thread_id: The thread.
        pending: What it asks now.
        plan: Its graph.
        resume: The answer, or answers by question id.
        seen: What whoever answers has seen open; an answer that does not say what it is for
            reaches nothing else.
        given: By whom, and how.

    Raises:
        UnknownThread: If there is no such thread.
        NothingPending: If no question is open.
        AlreadyAnswered: If somebody else was faster.
        StaleQuestion: If the state was edited under the question.
        AnswerError: If the answer reaches no open question, or does not fit.
    """
    if names_questions(resume):
        return answer(saver, thread_id, pending, plan, resume, given)
    if not pending:
        raise _nothing_pending(saver, thread_id)
    answers = address(pending, resume)
    if seen is not None and not answers.keys() <= set(seen):
        raise _asked_since(saver, thread_id, pending, seen)
    return answer(saver, thread_id, pending, plan, answers, given)


def _asked_since(
    saver: Saver, thread_id: str, pending: Sequence[Interrupt], seen: Collection[str]
) -> AnswerError:
    """Say what became of the question that a bare answer was meant for."""
    if not seen:
        return _nothing_pending(saver, thread_id)
    asked = {row.id: status for _, row, status in saver.questions(thread_id, None)}
    log = saver.decisions(thread_id)
    made = next((row for row in reversed(log) if row.question in seen), None)
    if made is not None and asked.get(made.question) == "answered":
        said = (made.question, made.answer, made.reviewer, made.answered_at)
        return AlreadyAnswered(*said, pending)
    return StaleQuestion(thread_id, next(iter(seen)), "state changed")


def _nothing_pending(saver: Saver, thread_id: str) -> AnswerError:
    """Say why a bare answer reaches nothing: somebody was faster, or it is no longer asked."""
    thread = saver.thread(thread_id)
    if thread is None:
        return unknown_thread(thread_id, [item.id for item in saver.threads()])
    last = next(reversed(saver.decisions(thread_id)), None)
    asked = saver.questions(thread_id, None)
    if asked and thread.status in ("running", "waiting"):
        _, question, status = asked[-1]
        head = saver.read(thread_id, question.ns)
        stands_there = head is not None and head.row.id == question.checkpoint
        if status == "stale":
            return StaleQuestion(thread_id, question.id, "state changed")
        if stands_there and last is not None and last.question == question.id:
            if last.given == TIMEOUT:
                return DeadlinePassed(question.id, last.answer, last.answered_at)
            return AlreadyAnswered(question.id, last.answer, last.reviewer, last.answered_at)
    answered = (last.reviewer, last.answered_at) if last is not None else None
    return NothingPending(thread_id, thread.status, answered)


def answer(
    saver: Saver,
    thread_id: str,
    pending: Sequence[Interrupt],
    plan: Typed,
    answers: Mapping[str, Any],
    given: Given = BY_CODE,
) -> Sequence[DecisionRow]:
    """Close questions by id; all of them or none.

    Raises:
        AnswerError: If an id is not open, or an answer does not fit its question.
        DeadlinePassed: If the question's time is over; it has answered itself then.
    """
    expired = expire_pending(saver, plan, thread_id, pending)
    for row in expired:
        if row.question in answers:
            raise DeadlinePassed(row.question, row.answer, row.answered_at)
    known = {item.id: item for item in pending}
    at = now()
    rows = [
        _answer_row(plan, name, known.get(name), value, given, at)
        for name, value in answers.items()
    ]
    try:
        return saver.answer(thread_id, rows)
    except AnswerTooLate as error:  # it waited for the lock until its time was over
        for row in expire_pending(saver, plan, thread_id, pending):
            if row.question in answers:
                raise DeadlinePassed(row.question, row.answer, row.answered_at) from error
        raise
    except AlreadyAnswered as error:
        if error.reviewer == TIMEOUT:
            raise DeadlinePassed(error.question_id, error.answer, error.answered_at) from error
        raise


def _answer_row(
    plan: Typed, name: str, question: Interrupt | None, value: Any, given: Given, at: str
) -> AnswerRow:
    """Check an answer; an id that is not open makes the saver say what became of it."""
    shown, ends = "", None
    if question is not None:
        value, given = check_answer(question, value, given, at)
        shown, ends = question.digest, deadline(question)
    return AnswerRow(
        name,
        shown,
        encode(value, plan.types, "answer"),
        given.action,
        given.comment,
        given.reviewer,
        given.how,
        given.displayed,
        None if ends is None else ends.isoformat(timespec="microseconds"),
        given.identity,
    )
