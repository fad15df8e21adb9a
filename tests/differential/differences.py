"""Every deliberate difference from LangGraph, in one table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from differential.comparing import Seen
from differential.normalising import (
    all_of_it,
    as_far_as_both_got,
    as_it_is,
    no_stop_at_the_end,
    one_pause,
    same_limit,
    without_cached,
    without_orders,
)
from differential.programs import Step
from differential.situations import (
    Situation,
    after_a_written_answer,
    answered_and_not_done,
    answers_nothing,
    back_to_a_join,
    before_an_asking_route,
    beside_a_failure,
    beside_an_asking_route,
    by_id_before_more,
    continues_beside_answers,
    edits_under_questions,
    from_another_writer,
    goes_to_a_pause,
    goes_to_deferred,
    input_at_a_breakpoint,
    input_beside_a_question,
    never,
    partial_beside_broken,
    sends_beside_deferred,
    updates_beside_kept,
)


@dataclass(frozen=True)
class Difference:
    """A place where we mean to do something else.

    Args:
        id: Its name; a test of that name shows it.
        theirs: What LangGraph does.
        ours: What we do.
        why: Why.
        avoids: Tells the steps of a program that show it, so that the comparison leaves them out.
        normalise: Makes what both gave alike where this is the only difference.
        history: Leaves out of our history what only we keep.
    """

    id: str
    theirs: str
    ours: str
    why: str
    avoids: Callable[[Situation, Step], bool] = never
    normalise: Callable[[Situation, Step, Seen, Seen], tuple[Seen, Seen]] = as_it_is
    history: Callable[[Sequence[Any]], Sequence[Any]] = all_of_it


DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        "every value is an answer",
        "resume=None crashes, and resume={} asks the question again",
        "None and {} answer like any other value",
        "a person may answer nothing",
    ),
    Difference(
        "an answer goes to what was shown",
        "answers are matched by the order of the calls, so an inserted question takes one",
        "an answer goes to the question with the same content",
        "what you approved is exactly what runs",
    ),
    Difference(
        "a changed question is asked again",
        "an answer to another payload is taken",
        "a changed payload is asked again",
        "what you approved is exactly what runs",
    ),
    Difference(
        "an unknown state key is an error",
        "a key the schema does not declare is dropped",
        "it is an error with the nearest declared name",
        "none of it silent",
    ),
    Difference(
        "an unknown target is an error",
        "a goto to a node that does not exist is a line in the log",
        "it is an error with the nearest node",
        "none of it silent",
    ),
    Difference(
        "an unmapped route is named",
        "a route's unmapped word is a bare KeyError",
        "the error names the route and the words it may return",
        "an error names what is wrong and what to do",
    ),
    Difference(
        "a caught pause is still a pause",
        "except Exception in a node catches the pause, and the node goes on unapproved",
        "the pause is no Exception",
        "pausing is not an error",
    ),
    Difference(
        "a swallowed question stops the run",
        "a node that catches the pause goes on unapproved",
        "the run fails with QuestionSwallowed",
        "nothing goes on unapproved",
    ),
    Difference(
        "an answer to an unknown thread is refused",
        "a typo in the thread's id starts a new run",
        "it is an error with the nearest thread",
        "none of it silent",
    ),
    Difference(
        "an answer to an unknown question is refused",
        "an id that is not open is ignored, and the question is asked again",
        "it is an error that names what is open",
        "none of it silent",
    ),
    Difference(
        "a renamed node is reported",
        "a thread that waits in a node that was renamed or removed is done without a word",
        "it is an error with the nearest node",
        "none of it silent",
    ),
    Difference(
        "an answer goes nowhere else",
        "Command(resume=..., goto=...) answers and runs another node beside the one that asked",
        "it is an error: answer first, then go",
        "what runs after an answer is what the graph says",
    ),
    Difference(
        "an unknown checkpoint is an error",
        "get_state of a checkpoint that does not exist is empty",
        "it is an error",
        "none of it silent",
    ),
    Difference(
        "a tuple stays a tuple",
        "a tuple in the state is read back as a list",
        "it is a tuple",
        "storing changes nothing",
    ),
    Difference(
        "an answer to nothing is refused",
        "Command(resume=...) on a thread without a question runs on as if nothing was given",
        "it is an error that names what is pending",
        "a late or double answer must not vanish",
        avoids=answers_nothing,
    ),
    Difference(
        "an answered question is closed",
        "a question whose node failed or stopped after the answer still counts as open",
        "it is not open any more, and a second answer is an error",
        "one question has one answer",
        avoids=answered_and_not_done,
    ),
    Difference(
        "a late answer reaches nothing else",
        "Command(resume=...) that comes after another answer is given to the next question",
        "it is an error that names who answered and what is asked now",
        "nobody saw the next question yet",
    ),
    Difference(
        "an answer holds for the state it was given to",
        "a state that is edited after an answer runs under that answer",
        "the question is asked anew with what was edited, unless edit and answer are one command",
        "what you approved is exactly what runs",
        avoids=edits_under_questions,
    ),
    Difference(
        "input beside a question is refused",
        "new input on a thread that waits for an answer drops the question and starts over",
        "it is an error that names the question",
        "a question somebody was shown does not vanish unnoticed",
        avoids=input_beside_a_question,
    ),
    Difference(
        "input at a breakpoint is its update",
        "new input on a thread that waits at a static breakpoint starts over from START",
        "it updates the state and the run continues",
        "the person at the breakpoint edits what they saw",
        avoids=input_at_a_breakpoint,
    ),
    Difference(
        "a finished task is shown once",
        "a resumed superstep shows the updates of siblings that had finished before, as cached",
        "a task's update is shown when it finishes",
        "nothing happened to it since",
        normalise=without_cached,
    ),
    Difference(
        "a pause is one item of a values stream",
        "each question of a superstep is an item of its own, and the state follows",
        "one item holds the state and all questions",
        "whoever shows the questions has them together",
        normalise=one_pause,
    ),
    Difference(
        "a command with goto is a checkpoint",
        "Command(goto=...) as input runs its nodes without a checkpoint that says so",
        "a checkpoint holds what the command made of the state and of what runs next",
        "history shows every change, and a crash after the command loses nothing",
        avoids=goes_to_a_pause,
        history=without_orders,
    ),
    Difference(
        "an update replaces what was planned",
        "after update_state a planned deferred node or target of a list edge runs, others do not",
        "what follows the node the update is from runs next, and nothing else",
        "one rule for all edges",
        avoids=updates_beside_kept,
    ),
    Difference(
        "what a command wrote stays written",
        "update_state drops what Command(resume=..., update=...) wrote before it",
        "both writes stay",
        "none of it silent",
        avoids=after_a_written_answer,
    ),
    Difference(
        "the recursion limit counts the supersteps of nodes",
        "START and the look for a next superstep count too, but not when a run is resumed",
        "a run of as many supersteps as the limit ends well, one more is an error",
        "the number means what it says",
        normalise=same_limit,
    ),
    Difference(
        "a command may lead to a deferred node",
        "Command(goto=...) as input to a deferred node is dropped without a word",
        "the node runs",
        "none of it silent",
        avoids=goes_to_deferred,
    ),
    Difference(
        "an update is from the node that wrote last",
        "update_state without as_node counts neither earlier updates nor Send tasks as writers",
        "every writer counts",
        "it is what the words say",
        avoids=from_another_writer,
    ),
    Difference(
        "a checkpoint does not change",
        "the newest state of a list edge may get into an older checkpoint of the memory saver",
        "an older checkpoint stays as it was",
        "what runs from an older checkpoint is what ran then",
        avoids=back_to_a_join,
    ),
    Difference(
        "a thread that is done does not stop",
        "interrupt_after at the last node shows a stop in the stream, though nothing is left",
        "the run ends",
        "there is nothing to continue",
        normalise=no_stop_at_the_end,
    ),
    Difference(
        "an update cannot wait for a person",
        "update_state as a node whose route asks fails with KeyError('__pregel_scratchpad')",
        "it is an InvalidUpdate that says so",
        "an error names what is wrong and what to do",
        avoids=before_an_asking_route,
    ),
    Difference(
        "a failing superstep lets siblings finish",
        "a failing node stops its siblings wherever they are",
        "siblings finish, and their updates and questions are kept",
        "what was done is not done twice, and a run does not depend on chance",
        avoids=beside_a_failure,
        normalise=as_far_as_both_got,
    ),
    Difference(
        "an answer by id answers one question",
        "after it, an answer given by value before answers what the task asks next",
        "the next question is asked",
        "nobody saw the next question yet",
        avoids=by_id_before_more,
    ),
    Difference(
        "a deferred node waits for Send tasks",
        "a deferred node runs beside Send tasks that are still to run",
        "it waits until nothing else is left",
        "that is what defer=True is documented to do",
        avoids=sends_beside_deferred,
    ),
    Difference(
        "an answer at an earlier checkpoint is a fork",
        "Command(resume=...) at an earlier checkpoint runs on with the answer given there before",
        "it appends a fork, asks the question there anew and answers it",
        "the new answer counts, and what was approved once is not rewritten",
    ),
    Difference(
        "a node runs once before its route asks",
        "the node runs again each time its route asks or is answered",
        "what the node wrote is kept, and only its route runs again",
        "nothing twice",
        avoids=beside_an_asking_route,
    ),
    Difference(
        "a question waits while its siblings run",
        "a partial answer runs the tasks of the other questions again",
        "a task runs again when it has an answer",
        "nothing twice",
        avoids=partial_beside_broken,
    ),
    Difference(
        "continuing answers nothing",
        "invoke(None) gives the last answer of a task to its next question",
        "an open question stays open",
        "only an answer answers",
        avoids=continues_beside_answers,
    ),
)
