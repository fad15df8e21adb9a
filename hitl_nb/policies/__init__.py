"""When to ask: policies over actions, the gate that follows them, the ladder of who is asked."""

from hitl_nb.policies.action import Action as Action
from hitl_nb.policies.escalation import Escalation as Escalation
from hitl_nb.policies.gates import Gated as Gated
from hitl_nb.policies.gates import agate as agate
from hitl_nb.policies.gates import gate as gate
from hitl_nb.policies.gates import gated as gated
from hitl_nb.policies.policy import Policy as Policy
from hitl_nb.policies.policy import PolicyReviewer as PolicyReviewer
from hitl_nb.policies.policy import Verdict as Verdict
from hitl_nb.policies.rule import Rule as Rule
