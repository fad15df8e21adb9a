"""What is committed of the front end is what its sources build."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hitl_nb.forms.notation.field_kinds import FieldKind
from hitl_nb.marked_text import show

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "frontend"

pytestmark = pytest.mark.frontend


def npm(*arguments: str) -> None:
    if not (FRONTEND / "node_modules").exists():
        pytest.fail("The front end's packages are missing: run make frontend once.")
    environment = {**os.environ, "PYTHON": sys.executable, "CI": "1"}
    ran = subprocess.run(
        ["npm", "run", "--silent", *arguments],
        cwd=FRONTEND, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_committed_bundle_and_its_licences_are_what_the_sources_build(tmp_path: Path) -> None:
    npm("build", "--", str(tmp_path / "view.js"))

    for name in ("view.js", "view.licenses.txt"):
        committed = ROOT / "hitl_nb" / "static" / name
        assert (tmp_path / name).read_bytes() == committed.read_bytes(), name


def test_the_licences_of_all_that_is_bundled_are_named_and_no_place_of_this_machine() -> None:
    text = (ROOT / "hitl_nb" / "static" / "view.licenses.txt").read_text("utf-8")

    for package in ("preact", "@rjsf/core", "@rjsf/utils", "@dagrejs/dagre", "diff"):
        assert f"\n{package} " in text
    for place in (str(ROOT), str(Path.home()), "node_modules", "registry", "npmjs"):
        assert place not in text


def test_the_committed_message_types_are_those_of_the_kernel(tmp_path: Path) -> None:
    npm("types", "--", str(tmp_path / "messages.ts"))

    committed = FRONTEND / "src" / "messages.ts"
    assert (tmp_path / "messages.ts").read_text("utf-8") == committed.read_text("utf-8")


def test_the_sources_are_well_typed() -> None:
    npm("check")


def test_the_sources_are_formatted_and_no_files_import_each_other() -> None:
    npm("lint")


def test_the_front_ends_own_tests_pass() -> None:
    npm("test")


def test_browser_and_kernel_know_the_same_kinds_of_field() -> None:
    source = (FRONTEND / "src" / "schema" / "field_kinds.ts").read_text("utf-8")
    listed = re.search(r"FIELD_KINDS = \[(.*?)\]", source, re.DOTALL)

    assert listed
    assert re.findall(r'"(\w+)"', listed[1]) == [kind.value for kind in FieldKind]


CORPUS = [
    "plain", "", "a\r\nb\rc\td\n", "pay\u202eeno\u202c", "zero\u200bwidth", "soft\u00adhyphen",
    "\ufeffbom", "tag \U000e0001\U000e007f", "flag \U0001f3f4\U000e0067\U000e0062\U000e007f",
    "family \U0001f468\u200d\U0001f469\u200d\U0001f467", "heart \u2764\ufe0f", "key 1\ufe0f\u20e3",
    "a\u200db", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0915\u094d\u200d\u0937",
    "x\ufe0f", "\u200d", "a\u200d", "\u0645\u200da", "\U000e0101 variation", "line\u2028end",
    "filler \u3164\u115f\u2800", *(f"a{chr(code)}b" for code in range(0xA0)),
    *(f"a{chr(code)}b" for code in (*range(0x2000, 0x2070), *range(0xFFF0, 0xFFFE))),
    "flag \U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "7\ufe0f EUR",
    "a\u0336b\u0338", "a \u2284 \u2283\u0338", "\u1797\u200b\u1781", "\u0e20\u200bpay",
    "x\U000e01efy", "\u0645 \u200f100", "pay \u200f100", "\u0600\u0661", "a\u0600b",
    "\u0645\u06cc\u200c ", "\u1820\u180b", "\u0915\u094d\u200c\u200c\u0937",
    "\u0915\u200c\u200c\u200c\u200c\u0937", "\u1828\u180e\u1820", "\U0001d453\u2061(\U0001d465)",
    "2\u2062\U0001d465", "\u115f\u1161\u1100\u1160", "\U0001f44d\u200dpay",
    "\U0001f9d1\U0001f3ff\u200d\U0001f91d\u200d\U0001f9d1", "\u2764\ufe0f\u200d\U0001f525",
    "\u08ff", "\u845b\U000e0100", "\u062a\u0650\u200c\u067e", "\u070f\u0712\u071b\u200c",
]  # fmt: skip


def test_the_browser_marks_the_characters_that_the_kernel_marks(tmp_path: Path) -> None:
    source, bundled = "src/text/hidden_characters.ts", tmp_path / "hidden_characters.mjs"
    script = (
        f"import {{ show }} from {json.dumps(bundled.as_uri())};"
        "let text = ''; for await (const chunk of process.stdin) text += chunk;"
        "console.log(JSON.stringify(JSON.parse(text).map(show)));"
    )
    subprocess.run(
        ["npx", "--no-install", "esbuild", source, "--format=esm", f"--outfile={bundled}"],
        cwd=FRONTEND, capture_output=True, check=True,
    )  # fmt: skip
    ran = subprocess.run(
        ["node", "--input-type=module", "-e", script],
        input=json.dumps(CORPUS), capture_output=True, text=True, check=True,
    )  # fmt: skip

    for text, shown in zip(CORPUS, json.loads(ran.stdout), strict=True):
        assert shown == show(text), repr(text)
