"""Whoever answers: a script, a terminal, a function; and how a run is answered by one."""

from hitl_nb.reviewers.console import ConsoleReviewer as ConsoleReviewer
from hitl_nb.reviewers.protocol import PASS as PASS
from hitl_nb.reviewers.protocol import CallbackReviewer as CallbackReviewer
from hitl_nb.reviewers.protocol import Reviewer as Reviewer
from hitl_nb.reviewers.protocol import as_reviewer as as_reviewer
from hitl_nb.reviewers.runner import answer_pending as answer_pending
from hitl_nb.reviewers.runner import arun_with as arun_with
from hitl_nb.reviewers.runner import named_reviewer as named_reviewer
from hitl_nb.reviewers.runner import run_with as run_with
from hitl_nb.reviewers.scripted import ScriptedReviewer as ScriptedReviewer
