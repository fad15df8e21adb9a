"""Whoever answers: a script, a terminal, a function, a policy; and how a run is answered by one."""

from hitl_nb.reviewers.console import ConsoleReviewer as ConsoleReviewer
from hitl_nb.reviewers.policy import PolicyReviewer as PolicyReviewer
from hitl_nb.reviewers.protocol import PASS as PASS
from hitl_nb.reviewers.protocol import CallbackReviewer as CallbackReviewer
from hitl_nb.reviewers.protocol import Reviewer as Reviewer
from hitl_nb.reviewers.protocol import as_reviewer as as_reviewer
from hitl_nb.reviewers.running import answer_pending as answer_pending
from hitl_nb.reviewers.running import arun_with as arun_with
from hitl_nb.reviewers.running import named_reviewer as named_reviewer
from hitl_nb.reviewers.running import run_with as run_with
from hitl_nb.reviewers.script import ScriptedReviewer as ScriptedReviewer
