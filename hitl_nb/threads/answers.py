"""Which question an answer is for, and what a checkpoint is once it has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from hitl_nb.errors import AmbiguousAnswer, InvalidAnswer, UnknownQuestion
from hitl_nb.graph.planner import Checkpoint
from hitl_nb.json_schema import check, plain
from hitl_nb.types import Interrupt


class Given(NamedTuple):
    """Who gave an answer, and how.

    Args:
        reviewer: Who.
        how: ``"widget"``, ``"code"``, ``"console"``, ``"policy"``, ``"timeout"``.
        action: ``"answer"``; what a request calls it is part of the reply to it.
        comment: What the reviewer wrote besides.
        displayed: What was on the screen, if somebody looked.
    """

    reviewer: str = "code"
    how: str = "code"
    action: str = "answer"
    comment: str = ""
    displayed: Any = None


BY_CODE = Given()


def settle(question: Interrupt, answer: Any, given: Given, at: str) -> tuple[Any, Given]:
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
        AnswerError: If it is an approval, and the reviewer may not give it.
    """
    request = question.value
    if question.kind == "raw":
        if question.response_schema is not None:
            check(question.response_schema, answer, question.id)
            answer = plain(answer)
        return answer, given
    from hitl_nb.requests.replies import AUTOMATIC, check_reason, check_reviewer, read_reply

    reply = read_reply(request, answer, question.id)
    reviewer = reply.reviewer or given.reviewer
    comment = reply.comment or given.comment
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
        "at": at,
    }
    return stored, given._replace(reviewer=reviewer, comment=comment, action=reply.action)


def accept(checkpoint: Checkpoint, answers: Mapping[str, Any]) -> Checkpoint:
    """Take answers to open questions; the tasks that asked them can run again.

    Args:
        checkpoint: Where the thread waits.
        answers: By question id.

    Raises:
        UnknownQuestion: If an id is not open.
        InvalidAnswer: If an answer does not fit its question's schema.
    """
    pending = checkpoint.pending
    known = {item.id: item for item in pending}
    for name, answer in answers.items():
        question = known.get(name)
        if question is None:
            raise UnknownQuestion(name, pending)
        if question.response_schema is not None and question.kind == "raw":
            check(question.response_schema, answer, name)
    waiting = {
        task: items
        for task, items in checkpoint.questions.items()
        if not any(item.id in answers for item in items)
    }
    return checkpoint._replace(questions=waiting, answers={**checkpoint.answers, **answers})


def go_on(checkpoint: Checkpoint) -> Checkpoint:
    """Pass the static breakpoint a run stands at, a subgraph's included."""
    waiting = {task: items for task, items in checkpoint.questions.items() if items}
    return checkpoint._replace(stopped=(), questions=waiting)


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
