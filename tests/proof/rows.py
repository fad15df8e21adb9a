"""The scoreboard: what is measured, how the others did, what is demanded, and how it is measured.

The others were measured on 2026-11-20: LangGraph 1.2.22, Locus 3.0.1, Burr 0.42, DBOS 3.4. Rows
that LangGraph can run in this process are run against it again.
"""

from __future__ import annotations

from typing import NamedTuple

import identity
import kills
import peers
import questions
import races
import soak
import storage
import text
from figure import Measure


class Row(NamedTuple):
    """A row of the scoreboard.

    Args:
        number: Its number, or a name.
        measure: What is measured.
        peers: How other libraries did.
        target: What is demanded.
        run: Measures it; None if tests of the suite hold all of it.
        ci: The size at which the suite measures it.
        full: The size at which ``make proof`` does.
        peer: Measures the same program on LangGraph.
        tests: Tests of the suite that hold it, or a part of it; below ``tests/``.
    """

    number: str
    measure: str
    peers: str
    target: str
    run: Measure | None = None
    ci: int = 1
    full: int = 1
    peer: peers.Peer | None = None
    tests: tuple[str, ...] = ()


_PROCESSES = "savers/test_sqlite_processes.py::"
_FILES = "savers/test_sqlite_files.py::"

ROWS = (
    Row(
        "1", "processes race approve against reject on one question",
        "LangGraph both run 20/20; Locus 16/20", "1 winner, 1 effect, 1000/1000",
        races.one_winner, 8, 1_000,
        tests=(
            "test_kills.py::test_processes_that_race_for_one_question_have_one_winner",
            f"{_PROCESSES}test_of_two_processes_that_answer_one_question_one_wins",
            "test_inbox_processes.py"
            "::test_of_two_inboxes_and_a_graph_in_three_processes_one_wins_each_question",
        ),
    ),
    Row(
        "2", "losers get a typed error naming who answered and when", "0%", "100%",
        races.losers_hear, 8, 1_000,
    ),
    Row(
        "3", "a double click, late or replayed answer reaches another question",
        "LangGraph, Locus, DBOS: yes", "0/1000", questions.late_answers, 8, 500,
        peers.late_answers,
    ),
    Row(
        "4", "kills at nodes and effects: an effect silently repeated",
        "LangGraph 2.6–6.3%, Burr 4.5%, DBOS 6.5%, Locus 85%", "0, or asked about",
        kills.repeated_effects, 24, 1_200,
    ),
    Row(
        "5", "kills: an accepted answer lost", "LangGraph exit 121/174", "0/1000",
        kills.lost_answers, 24, 1_200, tests=(
            "test_kills.py::test_a_program_killed_at_any_moment_goes_on_where_it_was",
            f"{_PROCESSES}test_nothing_acknowledged_is_lost_when_a_process_is_killed",
        ),
    ),
    Row(
        "6", "kills: a run says finished while work remains", "LangGraph 2.6%", "0/1000",
        kills.false_ends, 24, 1_200,
        tests=("test_kills.py::test_a_program_killed_at_every_write_in_turn_goes_on",),
    ),
    Row(
        "7", "kills: a person asked again for an answer already given", "Locus 130/184", "0/1000",
        kills.asked_again, 24, 1_200,
    ),
    Row(
        "8", "kills, a full disk: store corrupt or thread unreadable", "0", "0/1000",
        tests=(
            f"{_PROCESSES}test_nothing_acknowledged_is_lost_when_a_process_is_killed",
            f"{_FILES}test_a_full_disk_loses_nothing_and_work_goes_on_when_there_is_room",
            "test_durable.py::test_a_full_disk_stops_the_run_and_lets_go_of_the_thread",
            "test_kills.py::test_a_fork_killed_at_every_write_is_there_whole_or_not_at_all",
        ),
    ),
    Row(
        "9", "a call through once before a question made again", "LangGraph, Locus 100%", "0",
        questions.repeated_before_questions, 20, 1_000, peers.repeated_before_questions,
    ),
    Row(
        "10", "a payload that differs on re-execution approved unseen",
        "LangGraph 50/50, Locus 50/50", "0/1000; asked again with a diff",
        questions.approved_unseen, 20, 1_000, peers.approved_unseen,
        tests=("test_drift.py::test_a_question_whose_content_changed_is_asked_again",),
    ),
    Row(
        "11", "different values with equal digests", "Locus 5 of 5", "0; undigestible refused",
        questions.equal_digests, tests=(
            "test_codec_laws.py::test_digests_agree_exactly_when_values_do",
            "test_codec_laws.py::test_lookalikes_have_different_digests",
            "test_codec.py::test_no_two_values_of_the_matrix_have_one_digest",
        ),
    ),
    Row(
        "12", "state edited while its form is open, then approved",
        "LangGraph runs the edited one 20/20", "0; form marked stale",
        questions.edited_under_forms, 10, 1_000, peers.edited_under_forms,
        tests=("test_edits.py::test_editing_under_an_open_question_makes_it_stale",),
    ),
    Row(
        "13", "hostile stored data executes code or fetches",
        "LangGraph, DBOS execute; Burr fetches", "0; no such API in the package",
        tests=(
            "test_codec_types.py::test_no_module_of_the_package_can_run_what_it_reads",
            "test_codec_refused.py::test_hostile_data_is_one_typed_error_that_says_where",
        ),
    ),
    Row(
        "14", "any JSON, keys that are tags included, comes back as data", "Burr fails", "100%",
        storage.json_comes_back, 500, 20_000, peers.json_comes_back,
        tests=(
            "test_codec_laws.py::test_any_json_our_own_tag_keys_included_comes_back_as_data",
            "test_codec_laws.py::test_data_about_data_comes_back_as_data",
        ),
    ),
    Row(
        "15", "10,000 byte flips and every truncation of a snapshot",
        "LangGraph 6% silently different", "100% one typed error saying where",
        tests=(
            "test_snapshot.py::test_every_flipped_byte_is_found",
            "test_snapshot.py::test_every_truncation_is_found_and_says_where_the_file_ends",
            "test_snapshot.py::test_every_removed_or_repeated_line_is_found",
        ),
    ),
    Row(
        "16", "row or file deleted, wrong file", "silent fresh run", "typed error",
        storage.missing_rows, tests=(
            f"{_FILES}test_a_file_that_went_away_is_noticed",
            f"{_FILES}test_another_programs_file_is_not_touched",
        ),
    ),
    Row(
        "17", "round-trip matrix: exact / silently changed / loud",
        "LangGraph 40/12/17, Locus 14/36/19, Burr 18/46/5", "≥ 55 / 0 / the rest naming the path",
        storage.matrix, peer=peers.matrix,
        tests=("test_codec_refused.py::test_a_value_without_exact_form_is_refused_by_its_path",),
    ),
    Row(
        "18", "a value that cannot be stored", "raw TypeError, no path",
        "error before the form shows, last checkpoint intact",
        tests=(
            "test_durable.py"
            "::test_a_payload_that_cannot_be_stored_is_refused_before_it_is_shown",
            "test_durable.py"
            "::test_an_update_that_cannot_be_stored_names_its_path_and_harms_nothing",
        ),
    ),
    Row(
        "19", "50 MB of text in the state, and in a form", "0.42–0.76 s",
        "≤ 0.5 s; form shows a capped view in 200 ms",
        storage.large_states, 2_000_000, 50_000_000,
    ),
    Row(
        "20", "eight code edits while paused", "LangGraph 1/7 loud", "8/8; no answer dropped",
        questions.loud_edits, peer=peers.loud_edits,
        tests=("test_strict.py::test_a_renamed_node_is_named_and_the_answer_is_kept",),
    ),
    Row(
        "21", "snapshots of every released version load", "none", "100%",
        tests=(
            "test_snapshot.py::test_golden_files_never_change",
            "test_snapshot.py::test_golden_threads_go_on_to_their_end",
        ),
    ),
    Row(
        "22", "two questions in one node, parallel, nested; None, False, 0, \"\" as answers",
        "Locus loops, loses; LangGraph crashes on None", "each delivered exactly once",
        questions.awkward_answers, peer=peers.awkward_answers,
        tests=("test_run.py::test_every_value_is_an_answer",),
    ),
    Row(
        "23", "thread ids that look alike are told apart", "Locus `case/1` is `case.1`",
        "0 collisions, 0 escapes",
        tests=(
            "test_savers.py::TestInMemorySaver", "test_savers.py::TestSqliteSaver",
            "test_snapshot.py::test_odd_ids_and_values_survive",
        ),
    ),
    Row(
        "24", "a deadline fires once, survives restarts, refuses late answers", "no peer", "100%",
        questions.late_behind_a_lock, 10, 256, tests=(
            "test_deadlines.py::test_a_late_answer_is_refused_and_the_timeouts_stands",
            "test_deadlines.py::test_of_several_processes_one_enforces_the_deadline",
            "test_deadlines.py::test_whoever_goes_on_enforces_the_deadline",
        ),
    ),
    Row(
        "25", "hostile text in a browser: scripts / requests / Approve pressed",
        "8 of 30 stock surfaces run script", "0 / 0 / 0",
        tests=(
            "browser/test_safety.py",
            "browser/test_typed_forms.py"
            "::test_hostile_text_in_every_place_of_a_request_runs_nothing",
        ),
    ),
    Row(
        "26", "concealed text flagged; false marks in ordinary writing", "no peer",
        "100%; < 0.1% in every language", text.concealed_text, 12, 1_000,
        tests=("test_text.py::test_hidden_characters_become_marks",),
    ),
    Row(
        "27", "danger somewhere in 1 MB approvable without being displayed",
        "Agent Inbox previews 65 characters", "0/100; share seen is on the record",
        text.approved_unseen, 2, 100,
    ),
    Row(
        "28", "2–8 processes × 1,000 decisions: the log verifies, without gaps",
        "Locus broken 20/20", "100%",
        tests=(f"{_PROCESSES}test_decisions_of_many_processes_are_numbered_without_gaps",),
    ),
    Row(
        "29", "kills with 8 MB records: the log verifies on reopening", "Locus broken 11/60",
        "0 broken",
        tests=(f"{_PROCESSES}test_the_log_holds_when_a_process_is_killed_while_it_writes_8_mb",),
    ),
    Row(
        "31", "every effect has an earlier decision about the same payload",
        "LangGraph's history contradicts the act 50/50", "100% over all races and kills",
        kills.effects_without_decision, 24, 1_200,
    ),
    Row(
        "32", "one person counts as two, or decides under another's name", "free text",
        "0; the source of identity is recorded", identity.identities,
        tests=("test_replies.py::test_a_name_typed_otherwise_is_the_same_person",),
    ),
    Row(
        "33", "SQL injection through every id, filter and field name", "two fixed CVEs",
        "0; no formatted SQL",
        tests=(
            f"{_FILES}test_no_statement_is_put_together_from_pieces",
            "test_savers.py::TestSqliteSaver::test_every_name_may_be_any_text",
        ),
    ),
    Row(
        "35", "one contract suite on every saver and on export and import", "LangGraph has one",
        "100%",
        tests=("test_savers.py", "test_snapshot.py::test_a_thread_arrives_as_it_left"),
    ),
    Row(
        "36", "a planted secret found in store, notebook, log or exception",
        "LangGraph stores SecretStr in clear", "0", identity.secrets_found,
        tests=("test_masking.py::test_a_secret_answer_can_be_used_and_is_nowhere_to_be_read",),
    ),
    Row(
        "37", "a durable decision, p95", "a prototype 0.8 ms", "≤ 5 ms",
        storage.durable_answers, 20, 1_000,
    ),
    Row(
        "soak", "2,000 threads, 4 reviewers, a server, kills for four minutes", "—",
        "every effect once, nothing lost", soak.soak, 16, 2_000,
    ),
)  # fmt: skip

LATE: dict[str, str] = {
    "19": "a first pause with 50 MB in the state takes about two seconds, as it is written thrice",
    "37": "it hangs on the disk: where that alone takes 4 to 9 ms, p95 is 8 ms",
}
"""Rows that are met but for their time, or on some machines, with the reason."""

UNMET: dict[str, str] = {}
"""Rows that are not met yet, with the reason. A test holds that they are not."""
