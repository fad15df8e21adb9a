"""Policies: which rule decides, why, and what cannot be meant."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitl_nb import Approval, Escalation, Policy, Rule
from hitl_nb.errors import InvalidRule
from hitl_nb.policies import Action
from hitl_nb.policies.action import MODES
from hitl_nb.policies.conditions import holds, implies

REFUNDS = Policy(
    [
        Rule("manual", action=["delete_*", "drop_table"]),
        Rule(
            "hard",
            action=["refund", "mail"],
            args={"country": {"not in": ["DE", "AT"]}},
            role="lawyer",
        ),
        Rule("auto", action="refund", amount={"<=": 20}, reason="small change"),
        Rule("soft", action="refund", amount={"<=": 500}, timeout=30),
        Rule("hard", tags=["vip"], approvers=2),
    ],
    name="refunds",
    amount="amount",
)


def refund(amount: Any, **args: Any) -> Action:
    return Action("refund", {"amount": amount, "country": "DE", **args})


@pytest.mark.parametrize(
    ("action", "mode"),
    [
        (refund(12), "auto"),
        (refund(20.0), "auto"),
        (refund(Decimal("20.01")), "soft"),
        (refund(501), "hard"),
        (refund(12, country="FR"), "hard"),
        (Action("refund", {"amount": 12}), "hard"),
        (Action("delete_user"), "manual"),
        (Action("drop_table"), "manual"),
        (Action("send_mail"), "hard"),
    ],
)
def test_the_first_rule_that_applies_decides(action: Action, mode: str) -> None:
    assert REFUNDS.decide(action).mode == mode


def test_a_verdict_carries_what_its_rule_says_of_the_question() -> None:
    verdict = REFUNDS.decide(refund(100))

    assert (verdict.gate, verdict.timeout, verdict.rule) == ("soft", 30, 4)
    assert REFUNDS.decide(Action("mail", {"country": "AT"}, tags=("vip",))).approvers == 2
    assert REFUNDS.decide(refund(1, country="US")).role == "lawyer"
    assert Policy.fixed("soft", soft_timeout=5).decide(refund(1)).timeout == 5


def test_a_policy_explains_which_rule_decided_and_why_not_those_before() -> None:
    lines = REFUNDS.explain(refund(12)).splitlines()

    assert lines[0] == (
        "refunds: auto, because rule 3: action is 'refund', amount ≤ 20 (small change)"
    )
    assert lines[1:] == [
        "  1. manual: action is one of 'delete_*', 'drop_table' – no",
        "  2. hard: action is one of 'refund', 'mail' – yes; country is none of ['DE', 'AT'] – no",
        "  3. auto: action is 'refund' – yes; amount ≤ 20 – yes",
    ]


def test_what_is_not_known_never_lets_an_action_pass() -> None:
    policy = Policy(
        [Rule("auto", amount={"<=": 20}), Rule("manual", risk={">=": "high"})], default="auto"
    )

    assert policy.decide(Action("pay")).mode == "manual"
    assert policy.decide(Action("pay", risk="low")).mode == "auto"
    assert policy.decide(Action("pay", risk="low", amount=50)).mode == "auto"
    assert policy.decide(Action("pay", amount=5)).mode == "auto"
    assert "it is not known whether risk" in policy.decide(Action("pay")).reason


def test_an_argument_that_is_missing_or_cannot_be_compared_never_lets_an_action_pass() -> None:
    policy = Policy([Rule("hard", args={"rows": {">": 100}})], default="auto")

    assert policy.decide(Action("delete", {"rows": "1000"})).mode == "hard"
    assert policy.decide(Action("delete", {"rows": float("nan")})).mode == "hard"
    assert policy.decide(Action("delete", {})).mode == "hard"
    assert policy.decide(Action("delete", {"rows": 10})).mode == "auto"


def test_an_amount_among_the_arguments_that_is_no_number_is_not_known() -> None:
    policy = Policy([Rule("auto", amount={"<=": 20})], amount="amount")

    for amount in ("12", True, None, float("nan")):
        assert policy.decide(Action("pay", {"amount": amount})).mode == "hard"


def test_risks_compare_by_what_is_at_stake_not_by_the_alphabet() -> None:
    policy = Policy([Rule("manual", risk={">=": "high"})], default="auto")
    found = {risk: policy.decide(Action("a", risk=risk)).mode for risk in
             ("low", "medium", "high", "critical")}  # fmt: skip
    assert found == {"low": "auto", "medium": "auto", "high": "manual", "critical": "manual"}


def test_rules_may_be_functions() -> None:
    policy = Policy([Rule("auto", args=lambda args: len(args["to"]) == 1)])

    assert policy.decide(Action("mail", {"to": ["ana"]})).mode == "auto"
    assert policy.decide(Action("mail", {"to": ["ana", "bo"]})).mode == "hard"
    with pytest.raises(ValueError, match="is a function"):
        policy.to_dict()


def test_policies_by_risk_and_by_confidence_take_a_line() -> None:
    by_risk = Policy.by_risk(high="manual")
    assert [by_risk.decide(Action("a", risk=risk)).mode for risk in ("low", "medium", "high")] == [
        "auto", "soft", "manual",
    ]  # fmt: skip
    assert by_risk.decide(Action("a")).mode == "manual"

    by_confidence = Policy.by_confidence(auto=0.9, soft=0.7)
    found = [by_confidence.decide(Action("a", confidence=c)).mode for c in (0.9, 0.89, 0.7, 0.69)]
    assert found == ["auto", "soft", "soft", "hard"]
    assert by_confidence.decide(Action("a")).mode == "hard"


def test_thresholds_that_overlap_are_refused() -> None:
    with pytest.raises(ValueError, match=r"soft=0\.9 and auto=0\.7 overlap"):
        Policy.by_confidence(auto=0.7, soft=0.9)
    with pytest.raises(ValueError, match="not a number from 0 to 1"):
        Policy.by_confidence(auto=90)


@pytest.mark.parametrize(
    "rules",
    [
        [Rule("auto"), Rule("hard", action="pay")],
        [Rule("soft", amount={"<=": 500}), Rule("auto", amount={"<=": 20})],
        [Rule("soft", confidence={">=": 0.7}), Rule("auto", confidence={">=": 0.9})],
        [Rule("soft", risk=["high", "low"]), Rule("auto", risk="low", action="x")],
        [Rule("hard", action="delete_*"), Rule("auto", action="delete_draft")],
        [Rule("hard", tags=["a", "b"]), Rule("auto", tags="a")],
        [Rule("hard", args={"n": {"<": 5}}), Rule("auto", args={"n": [1, 2]})],
    ],
)
def test_a_rule_that_can_never_be_reached_is_refused_and_named(rules: list[Rule]) -> None:
    with pytest.raises(ValueError, match=r"Rule 2 of the policy 'p' is never reached: .*rule 1"):
        Policy(rules, name="p")


def test_rules_that_only_look_alike_are_both_reached() -> None:
    Policy(
        [
            Rule("auto", amount={"<": 20}),
            Rule("soft", amount={"<=": 20}),
            Rule("hard", action="delete_*"),
            Rule("manual", action="del*"),
            Rule("hard", args={"n": 1}),
            Rule("soft", args={"n": True}),
        ]
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Rule("atuo"), "Did you mean 'auto'"),  # type: ignore[arg-type]
        (lambda: Policy(default="strict"), "default='strict' is none of"),  # type: ignore[arg-type]
        (lambda: Rule("auto", risk="hgih"), "Did you mean 'high'"),
        (lambda: Rule("auto", amount={"=<": 5}), "amount: the comparison='=<'"),
        (lambda: Rule("auto", amount={">": 5, "<": 3}), "holds for nothing"),
        (lambda: Rule("auto", args={"to": []}), "args.to is an empty list"),
        (lambda: Rule("auto", approvers=2), "has no meaning with mode='auto'"),
        (lambda: Rule("manual", on_timeout="approve"), "would let pass"),
        (lambda: Rule("hard", timeout=0), "more than 0 seconds"),
        (lambda: Policy(sample=10), "is a share, from 0 to 1"),
        (lambda: Action("a", confidence=70), "not a number from 0 to 1"),
        (lambda: Action("a", confidence=float("nan")), "not a number from 0 to 1"),
        (lambda: Action("a", risk="huge"), "none of 'low'"),
        (lambda: Action("a", amount="12"), "amount='12' is not a number"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_a_policy_goes_into_json_and_comes_back_the_same() -> None:
    exact = Policy([Rule("auto", amount={"<=": Decimal("19.99")})], name="exact", sample=0.1)

    for policy in (REFUNDS, exact, Policy.by_risk(), Policy.by_confidence(), Policy.fixed("auto")):
        again = Policy.from_dict(json.loads(json.dumps(policy.to_dict())))
        assert again.to_dict() == policy.to_dict()
        assert again.version == policy.version


def test_the_version_changes_with_the_rules_and_the_settings() -> None:
    versions = {
        policy.version
        for policy in (
            Policy(),
            Policy(default="auto"),
            Policy(sample=0.1),
            Policy([Rule("auto", amount={"<": 1})]),
            Policy([Rule("auto", amount={"<=": 1})]),
            Policy([Rule("auto", amount={"<=": 1}, reason="small")]),
        )
    }
    assert len(versions) == 6


def test_a_sample_is_drawn_the_same_way_every_time_and_is_about_as_large_as_wanted() -> None:
    policy = Policy.fixed("auto", sample=0.1)
    places = [f"thread {n}" for n in range(2000)]
    drawn = [policy.decide(Action("a"), place=place) for place in places]

    assert drawn == [policy.decide(Action("a"), place=place) for place in places]
    sampled = [verdict for verdict in drawn if verdict.sampled]
    assert 140 < len(sampled) < 260
    assert {(item.mode, item.gate) for item in sampled} == {("hard", "review")}
    assert "sampled, 10% of what would pass" in sampled[0].reason
    other = Policy.fixed("auto", sample=0.1, seed="2")
    assert [other.decide(Action("a"), place=p).sampled for p in places] != [
        item.sampled for item in drawn
    ]


def test_only_what_would_pass_is_sampled() -> None:
    for mode in MODES[1:]:
        verdict = Policy.fixed(mode, sample=1.0).decide(Action("a"), place="here")
        assert (verdict.mode, verdict.sampled) == (mode, False)
    assert Policy.fixed("auto", sample=1.0).decide(Action("a"), place="here").sampled


numbers = st.integers(-5, 5) | st.sampled_from([-1.5, 0.5, Decimal("2.5")])
ranges = st.dictionaries(st.sampled_from(["<", "<=", ">", ">="]), numbers, min_size=1)
conditions = numbers | st.lists(numbers, min_size=1, max_size=3) | ranges


@given(conditions, conditions, numbers)
def test_a_condition_that_implies_another_never_holds_without_it(
    narrow: Any, wide: Any, value: Any
) -> None:
    if implies(narrow, wide) and holds(narrow, value):
        assert holds(wide, value)


rules = st.builds(
    Rule,
    st.sampled_from(MODES),
    action=st.none() | st.sampled_from(["pay", "p*", "delete"]),
    risk=st.none() | st.sampled_from(["low", "high"]),
    tags=st.sampled_from([(), ("a",), ("a", "b")]),
)
actions = st.builds(
    Action,
    st.sampled_from(["pay", "post", "delete"]),
    risk=st.none() | st.sampled_from(["low", "high", "critical"]),
    tags=st.sampled_from([(), ("a",), ("b",)]),
)


@given(st.lists(rules, max_size=4), actions)
def test_the_rule_a_verdict_names_is_the_first_that_applies(
    several: list[Rule], action: Action
) -> None:
    try:
        policy = Policy(several)
    except ValueError:
        return
    verdict = policy.decide(action)
    before = several[: verdict.rule - 1] if verdict.rule else several
    assert not any(rule.applies(action) for rule in before)
    if verdict.rule:
        assert several[verdict.rule - 1].applies(action)
        assert verdict.mode == several[verdict.rule - 1].mode
    if action.risk is None and verdict.mode in ("auto", "soft"):
        assert several[verdict.rule - 1].risk is None


def test_the_ladder_says_why_something_goes_up() -> None:
    ladder = Escalation()

    assert ladder.reasons(confidence=0.7) == ()
    assert ladder.reasons(confidence=0.69) == ("confidence 0.69 is below 0.7",)
    assert ladder.reasons(error=KeyError("x")) == ("an error: KeyError: 'x'",)
    assert ladder.reasons(risk="critical", tags=("sensitive",)) == (
        "risk is critical", "tagged sensitive",
    )  # fmt: skip


def test_agents_without_a_reviewer_are_left_out_and_sensitive_goes_to_people() -> None:
    assert Escalation().ladder_for() == ("human", "manager")
    ladder = Escalation(reviewers={"senior agent": lambda question: "approve"})
    assert ladder.ladder_for() == ("senior agent", "human", "manager")
    assert ladder.ladder_for(risk="high") == ("human", "manager")
    assert ladder.ladder_for(tags=("sensitive",)) == ("human", "manager")


def test_a_ladder_gives_a_request_its_role_its_rungs_and_its_history() -> None:
    asked = Escalation().apply(Approval("Pay?", draft={"n": 1}, confidence=0.4, timeout=60))

    assert (asked.role, asked.ladder, asked.on_timeout) == ("human", ("manager",), "escalate")
    (turn,) = asked.history
    assert (turn.action, turn.reviewer, turn.comment) == (
        "escalate", "agent", "confidence 0.4 is below 0.7",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Escalation(["agent", "senior agent"]), "ends without a person"),
        (lambda: Escalation(["human", "agent", "manager"]), "from a person to an agent"),
        (lambda: Escalation(reviewers={"humam": str}), "Did you mean 'human'"),
        (lambda: Escalation(reviewers={"manager": str}), "ends without a person"),
        (lambda: Escalation(below=70), "not a confidence from 0 to 1"),
    ],
)
def test_a_ladder_that_cannot_be_climbed_is_refused(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("amount", [-1, -0.5, Decimal("-1000"), float("-inf")])
def test_less_than_nothing_passes_only_where_a_rule_says_so(amount: Any) -> None:
    action = Action("refund", amount=amount)

    assert Policy([Rule("auto", amount={"<=": 20})]).decide(action).mode == "hard"
    assert Policy([Rule("manual", amount={"<": 20})]).decide(action).mode == "manual"
    everything = Policy([Rule("auto", amount={">=": float("-inf"), "<=": 20})])
    assert everything.decide(action).mode == "auto"


def test_an_amount_of_any_size_is_a_number() -> None:
    policy = Policy([Rule("auto", amount={"<=": 20})])

    assert policy.decide(Action("refund", amount=10**400)).mode == "hard"


@pytest.mark.parametrize("word", ["in", "not in"])
def test_one_of_takes_a_list(word: str) -> None:
    with pytest.raises(ValueError, match="takes a list"):
        Rule("auto", args={"currency": {word: "EUR"}})


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: Rule("atuo"), "Did you mean 'auto'?"),  # type: ignore[arg-type]
        (lambda: Rule("auto", ammount=3), "no parameter 'ammount'. Did you mean 'amount'?"),  # type: ignore[call-arg]
        (lambda: Rule("auto", amount={"=<": 3}), "Did you mean '<='?"),
        (Rule, "needs mode="),
        (lambda: Policy(Rule("auto")), "Write [Rule(...)]"),  # type: ignore[arg-type]
    ],
)
def test_a_rule_that_is_written_wrong_says_which_parameter(make: Any, why: str) -> None:
    with pytest.raises(InvalidRule, match=re.escape(why)):
        make()


NEVER: list[tuple[dict[str, Any], str]] = [
    ({"confidence": ">=0.7"}, "write {'>=': 0.7}"),
    ({"confidence": " ≥ 0.7"}, "write {'>=': 0.7}"),
    ({"confidence": {">=": ">=0.7"}}, "write {'>=': 0.7}"),
    ({"confidence": ["0.7"]}, "write 0.7"),
    ({"amount": "=<20"}, "write {'<=': 20}"),
    ({"amount": "20"}, "write 20"),
    ({"args": {"rows": ">100"}}, "write {'>': 100}"),
    ({"args": {"rows": [1, "<>2"]}}, "write {'!=': 2}"),
    ({"risk": ">=high"}, "write {'>=': 'high'}"),
    ({"confidence": True}, "True is not a number"),
    ({"confidence": {">=": True}}, "True is not a number"),
    ({"confidence": {">=": 70}}, "70 is not a number from 0 to 1"),
    ({"confidence": {">": 1}}, "1 itself is left out"),
    ({"confidence": {"<": 0}}, "0 itself is left out"),
    ({"confidence": "high"}, "'high' is not a number"),
    ({"amount": {"in": [1, None]}}, "None is not a number"),
    ({"amount": {"like": "2*"}}, "'2*' is not a number"),
    ({"amount": float("nan")}, "nan is not a number"),
    ({"amount": Decimal("nan")}, "is not a number"),
    ({"amount": {}}, "amount is empty"),
    ({"amount": []}, "amount is an empty list"),
    ({"amount": {"in": ()}}, "amount is an empty list"),
    ({"amount": {">": 5, "<=": 5}}, "5 itself is left out"),
    ({"amount": {">": 5, ">=": 9, "<": 7}}, "9 is above 7"),
    ({"amount": {"==": 5, ">": 7}}, "5 does not meet the rest"),
    ({"amount": {"in": [1, 2], "not in": [2, 1]}}, "1 or 2 does not meet the rest"),
    ({"args": {"n": {">": None}}}, "None is neither more nor less than anything"),
    ({"args": {"n": {">": True}}}, "True is neither more nor less than anything"),
    ({"args": {"n": {">": 5, "<": "z"}}}, "5 cannot be compared with 'z'"),
    ({"args": {"n": {"like": 3}}}, "3 is not a pattern"),
    ({"args": {"n": {"like": "a*", ">": 3}}}, "only a text can be like a pattern"),
    ({"args": {"n": float("nan")}}, "nan is not equal to anything"),
    ({"risk": {">": "critical"}}, "holds for nothing"),
    ({"risk": {">=": "high", "<": "low"}}, "holds for nothing"),
    ({"risk": []}, "empty"),
    ({"risk": True}, "risk=True is none of"),
    ({"action": []}, "is empty"),
    ({"action": ""}, "is empty"),
    ({"action": 3}, "it takes texts"),
    ({"tags": []}, "is empty"),
    ({"tags": [3]}, "it takes texts"),
]


@pytest.mark.parametrize(("facts", "why"), NEVER, ids=[repr(facts) for facts, _ in NEVER])
def test_a_condition_that_can_never_hold_is_refused(facts: dict[str, Any], why: str) -> None:
    with pytest.raises(InvalidRule, match=re.escape(why)):
        Rule("auto", **facts)


@pytest.mark.parametrize(
    "facts",
    [
        {"risk": {">=": "low", "<=": "high"}},
        {"risk": {"in": ["high"]}},
        {"confidence": {">=": 0, "<=": 1}},
        {"amount": {">=": 3, "<=": 3}},
        {"amount": {"not in": []}},
        {"args": {"n": "20"}},
        {"args": {"n": ">= twenty"}},
        {"args": {"n": {"==": ">=20"}}},
        {"args": {"n": None}},
        {"args": {"n": {"like": "a*", ">": "aa"}}},
        {"tags": ()},
    ],
    ids=repr,
)
def test_a_condition_that_may_hold_is_taken(facts: dict[str, Any]) -> None:
    assert Rule("auto", **facts).mode == "auto"


QUARTERS = st.sampled_from([0, 0.25, 0.5, 0.75, 1])


@given(
    condition=st.dictionaries(st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), QUARTERS)
    | st.dictionaries(st.sampled_from(["in", "not in", "<"]), st.lists(QUARTERS, max_size=2))
)
def test_what_is_taken_holds_for_something_and_what_is_refused_for_nothing(
    condition: dict[str, Any],
) -> None:
    eighths = [Action("a", confidence=number / 8) for number in range(9)]
    pairs = [{name: operand} for name, operand in condition.items()]
    sound = condition and not isinstance(condition.get("<"), list)
    possible = sound and any(all(holds(it, one.confidence) for it in pairs) for one in eighths)

    try:
        rule = Rule("auto", confidence=condition)
    except InvalidRule:
        rule = None
    assert (rule is not None) == bool(possible)
    assert rule is None or any(rule.applies(one) for one in eighths)
