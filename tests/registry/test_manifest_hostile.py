"""Folders that cannot lie in Git as plain files, and everything that tries to crash or stall the check."""

from __future__ import annotations

import random
import threading
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from registry import json_text
from registry.manifest import check_folder
from registry.model import Checked, File, FileKind, Folder
from tests.properties import examples
from tests.waiting import patience

GOOD = """name: good_tool
description: A tool that exists to show one rule of the folder check and nothing else.
parameters:
  type: object
  properties:
    host: {type: string, description: Host name}
  required: [host]
"""
MAIN = "def main(host):\n    return host\n"


def folder(manifest: bytes | str = GOOD, main: bytes | str = MAIN, *more: File, name: str = "good_tool") -> Folder:
    contents = {
        "tool.yaml": manifest.encode() if isinstance(manifest, str) else manifest,
        "main.py": main.encode() if isinstance(main, str) else main,
    }
    files = tuple(File(path, "regular", len(data), "0" * 40) for path, data in contents.items())
    return Folder(name, "0" * 40, (*files, *more), contents)


def codes(checked: Checked) -> list[str]:
    return [finding.code for finding in checked.findings]


def places(checked: Checked) -> list[tuple[str, int, int, str]]:
    return [(f.file, f.line, f.column, f.code) for f in checked.findings]


def test_the_folder_that_the_tests_bend_is_sound() -> None:
    assert check_folder(folder()).findings == ()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"name: good_tool\ndescription: \xff\n", ("tool.yaml", 2, 14, "yaml-not-utf8")),
        ("é: \N{SNOWMAN}\n".encode() + b"\xe2\x82", ("tool.yaml", 2, 1, "yaml-not-utf8")),
        (b"\xef\xbb\xbf" + GOOD.encode(), ("tool.yaml", 1, 1, "yaml-bom")),
        (GOOD.encode("utf-16"), ("tool.yaml", 1, 1, "yaml-not-utf8")),
        (GOOD.encode() + b"# " + b"x" * 65536, ("tool.yaml", 1, 1, "yaml-too-large")),
        (b"name: a\x00b\n", ("tool.yaml", 1, 8, "yaml-syntax")),
        (b"name: a\n" + b"[" * 60_000, ("tool.yaml", 2, 1026, "yaml-syntax")),
        (b"name: " + b"[" * 60_000, ("tool.yaml", 1, 38, "yaml-too-deep")),
        (b"a: " + b"{b: " * 15_000, ("tool.yaml", 1, 128, "yaml-too-deep")),
        (b"metadata: " + b"9" * 5_000, ("tool.yaml", 1, 11, "yaml-number")),
        (b'name: "\\ud800"\n', ("tool.yaml", 1, 10, "yaml-syntax")),
    ],
    ids=lambda value: value[3] if isinstance(value, tuple) else "",
)
def test_bytes_that_are_no_manifest_are_one_finding_at_their_place(
    data: bytes, expected: tuple[str, int, int, str]
) -> None:
    started = time.monotonic()
    checked = check_folder(folder(data))

    assert expected in places(checked)
    assert checked.entry == "function"
    assert time.monotonic() - started < patience(2)


@pytest.mark.parametrize(
    "path",
    [
        "CON", "aux.txt", "data/nul.tar.gz", "Com1", "lpt9.md", "com\u00b9", "prn .txt", "con/notes.md", "trailing.",
        "trailing ", "folder./notes.md", "folder /notes.md", "a<b", "a>b", "a:b", 'a"b', "a|b", "what?", "*.md",
    ],
)  # fmt: skip
def test_a_file_that_breaks_a_checkout_on_windows_is_a_finding(path: str) -> None:
    found = check_folder(folder(GOOD, MAIN, File(path, "regular", 1, "0" * 40))).findings
    assert [(one.file, one.severity, one.code) for one in found] == [(path, "error", "file-name-windows")]
    assert "Windows" in found[0].message


@pytest.mark.parametrize("path", ["console.txt", "auxiliary/nulls.md", "com10", "com.md", "a.con", ".hidden", "a b.md"])
def test_a_file_that_only_looks_like_a_device_is_none(path: str) -> None:
    assert check_folder(folder(GOOD, MAIN, File(path, "regular", 1, "0" * 40))).findings == ()


def test_no_tool_is_named_like_a_device() -> None:
    found = check_folder(folder(GOOD.replace("good_tool", "aux"), name="aux")).findings
    assert [one.code for one in found] == ["folder-name"]


def test_exactly_64_kib_are_read() -> None:
    padding = b"#" * (65536 - len(GOOD.encode()))
    assert check_folder(folder(GOOD.encode() + padding)).findings == ()
    assert codes(check_folder(folder(GOOD.encode() + padding + b"#"))) == ["yaml-too-large"]


def test_an_alias_bomb_is_never_expanded() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    started = time.monotonic()

    found = codes(check_folder(folder("\n".join(lines))))

    assert {"yaml-anchor", "yaml-alias"} <= set(found)
    assert time.monotonic() - started < patience(2)


def test_findings_about_one_folder_are_bounded() -> None:
    assert len(check_folder(folder("a: *x\n" * 8_000)).findings) < 250
    assert len(check_folder(folder("".join(f"k{n}: 1\n" for n in range(5_000)))).findings) < 250


def test_as_many_referring_defaults_as_fit_into_the_file_are_no_hang() -> None:
    properties = "".join(f"    p{n}: {{$ref: '#/$defs/d~1x', default: x}}\n" for n in range(1_400))
    manifest = GOOD.replace("  required: [host]\n", "") + properties
    manifest += "  $defs: {d/x: {type: integer, description: D}}\n"
    started = time.monotonic()

    found = codes(check_folder(folder(manifest, "def main(**arguments): ...\n")))

    assert found == ["default-invalid"] * 100
    assert time.monotonic() - started < patience(5)


def test_as_many_properties_as_fit_into_the_file_are_no_hang() -> None:
    properties = "".join(f"    p{n}: {{type: string}}\n" for n in range(2_300))
    manifest = GOOD.replace("  required: [host]\n", "") + properties
    started = time.monotonic()

    found = codes(check_folder(folder(manifest, "def main(**arguments): ...\n")))

    assert found == ["parameter-undescribed"] * 100
    assert time.monotonic() - started < patience(5)


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("main.py", b"import os\n" + b"".join(b"os.environ['A%d']\n" % n for n in range(12_000))),
        ("main.py", b"x = " + b"(a if " * 85 + b"f(" + b"1," * 60_000 + b")" + b" else z)" * 85),
        ("main.py", b"# -----BEGIN PRIVATE KEY-----" + b"Proc-Type:" * 60 + b"!\n"),
        ("main.py", b"# /// script\n# " + b".".join([b"a"] * 32_000) + b" = 1\n# ///\n"),
        ("setup.py", b"# " + b"install_requires=[" * 50_000),
        ("tool.yaml", GOOD.encode() + b"  pattern: '" + b"[" * 60_000 + b"'\n"),
        ("tool.yaml", GOOD.encode() + b"  pattern: '^(?=a" + b"[" * 60_000 + b"'\n"),
        ("tool.yaml", GOOD.encode() + b"  pattern: '" + b"[\\]" * 20_000 + b"'\n"),
    ],
    ids=["variables", "conditions", "key headers", "dotted key", "setup.py", "brackets", "look-ahead", "closed later"],
)
def test_what_a_rule_reads_again_and_again_is_no_hang(path: str, data: bytes) -> None:
    contents = {"tool.yaml": GOOD.encode(), "main.py": MAIN.encode(), path: data}
    files = tuple(File(name, "regular", len(content), "0" * 40) for name, content in contents.items())
    started = time.thread_time()

    check_folder(Folder("good_tool", "0" * 40, files, contents))

    assert time.thread_time() - started < 3


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (b"def main(host): return '\0'\n", "python-syntax"),
        (b"\xff\xfe", "python-syntax"),
        (b"# coding: no-such\n", "python-syntax"),
        (b"(" * 100_000, "python-syntax"),
        (b"x = " + b"[" * 150 + b"]" * 150, None),
        (b"x = " + b"-" * 200_000 + b"1\n", "python-too-deep"),
        (b"x = " + b"not " * 60_000 + b"1\n", "python-too-deep"),
        (b"x" + b".a" * 100_000 + b"\n", "python-too-deep"),
        (b"if x:\n pass\n" + b"elif x:\n pass\n" * 15_000, "python-too-deep"),
        (b"if x:\n pass\n" + b"elif x:\n pass\n" * 2_000, None),  # as deep as Python's own parser goes
        (b"import sys\nx = sys" + b".stdin" * 2_000 + b"\n", None),
        (b"def main(host):\n\treturn 1\n        return 2\n", "python-syntax"),
        (b"", None),
        (b"x = '\\d'\n", None),
    ],
    ids=range(14),
)
def test_source_that_python_cannot_parse_is_a_finding_also_on_a_thread(source: bytes, code: str | None) -> None:
    """A thread's stack is where gunicorn would check an edit."""
    results: list[Checked] = []
    thread = threading.Thread(target=lambda: results.append(check_folder(folder(GOOD, source))))
    thread.start()
    thread.join(60)

    assert codes(results[0]) == ([code] if code else [])


def test_an_unfinished_manifest_still_lets_the_source_be_checked() -> None:
    checked = check_folder(folder(GOOD + "tags: [a\n", "def main(:\n"))

    assert places(checked) == [("main.py", 1, 10, "python-syntax"), ("tool.yaml", 9, 1, "yaml-syntax")]


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("symlink", "file-symlink"),
        ("submodule", "file-submodule"),
        ("other", "file-not-regular"),
        ("executable", "file-executable"),
    ],
)
def test_only_regular_files_are_taken(kind: FileKind, code: str) -> None:
    checked = check_folder(folder(GOOD, MAIN, File("extra", kind, 3, "0" * 40)))

    assert codes(checked) == [code]
    assert checked.sound == (kind == "executable")


def test_a_symlinked_main_is_a_finding_and_never_read() -> None:
    whole = folder()
    link = (whole.files[0], File("main.py", "symlink", 11, "0" * 40))
    contents = {"tool.yaml": whole.contents["tool.yaml"]}

    checked = check_folder(Folder("good_tool", "0" * 40, link, contents))

    assert codes(checked) == ["file-symlink"]
    assert checked.entry is None


BAD_NAMES = ["../x", "a/../b", "-rf", "a/-b", "a\nb", "a\\b", ".git/config", "a\x1b[31m", "\udcff", "a" * 300, "a//b"]


@pytest.mark.parametrize("path", BAD_NAMES, ids=ascii)
def test_a_hostile_file_name_is_a_finding_that_can_be_written_as_json(path: str) -> None:
    checked = check_folder(folder(GOOD, MAIN, File(path, "regular", 3, "0" * 40)))

    assert codes(checked) == ["file-name"]
    assert "\n" not in checked.findings[0].file
    json_text.dumps([checked.findings[0].file, checked.findings[0].message])


@pytest.mark.parametrize("name", ["..", "a/b", "-a", "a\nb", "Upper", "1a", "", "a" * 65, "ä", "\udcff"], ids=ascii)
def test_a_hostile_folder_name_is_a_finding(name: str) -> None:
    checked = check_folder(folder(name=name))

    assert "folder-name" in codes(checked)
    json_text.dumps([finding.message for finding in checked.findings])


def test_case_twins_are_found() -> None:
    twins = (File("data.csv", "regular", 1, "0" * 40), File("Data.csv", "regular", 1, "0" * 40))
    assert places(check_folder(folder(GOOD, MAIN, *twins))) == [("Data.csv", 1, 1, "file-case-twin")]


def test_a_folder_is_bounded_in_files_and_bytes() -> None:
    many = tuple(File(f"f{number}", "regular", 1, "0" * 40) for number in range(99))
    large = tuple(File(f"f{number}", "regular", 1024 * 1024, "0" * 40) for number in range(5))

    assert codes(check_folder(folder(GOOD, MAIN, *many[:98]))) == []
    assert codes(check_folder(folder(GOOD, MAIN, *many))) == ["folder-too-many-files"]
    assert codes(check_folder(folder(GOOD, MAIN, *large))) == ["folder-too-large"]
    assert codes(check_folder(folder(GOOD, MAIN, File("f", "regular", 1024 * 1024 + 1, "0" * 40)))) == [
        "file-too-large"
    ]


def test_python_is_bounded_because_parsing_it_holds_up_everything_else() -> None:
    whole = folder(GOOD, MAIN + "a=1\n" * 60_000)
    helper = b"a=1\n" * 60_000
    files = (*whole.files, File("helper.py", "regular", len(helper), "0" * 40))

    assert codes(check_folder(whole)) == []
    checked = check_folder(Folder("good_tool", "0" * 40, files, {"helper.py": helper, **whole.contents}))
    assert places(checked) == [("helper.py", 1, 1, "python-too-large")]
    assert codes(check_folder(folder(GOOD, MAIN + "a=1\n" * 70_000))) == ["python-too-large"]


def test_the_server_decides_how_much_memory_there_is() -> None:
    manifest = GOOD + "runtime: {memory_mb: 2048}\n"

    assert codes(check_folder(folder(manifest))) == ["memory-too-large"]
    assert codes(check_folder(folder(manifest), max_memory_mb=2048)) == []


def assert_places_lie_inside(found: Folder, checked: Checked) -> None:
    for finding in checked.findings:
        text = found.contents[finding.file].decode("utf-8", "replace") if finding.file in found.contents else ""
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        assert 1 <= finding.line <= len(lines), finding
        assert 1 <= finding.column <= len(lines[finding.line - 1]) + 1, finding


WORDS = [
    "a:",
    "-",
    "[",
    "]",
    "{",
    "}",
    ",",
    "?",
    ":",
    "&",
    "*",
    "!",
    "|",
    ">",
    "'",
    '"',
    "%",
    "@",
    "#",
    "~",
    "<<",
    "---",
    "...",
    "!!str",
    "&a",
    "*a",
    "0x1",
    ".inf",
    "1e9",
    "null",
    "'#'",
    "$ref:",
    "default:",
    "name:",
    "description:",
    "parameters:",
    "type:",
    "object",
    "properties:",
    "examples:",
    "runtime:",
    "good_tool",
]
SPACES = [" ", "\n", "\n  ", ": ", "- ", "\t", "\r", "\r\n", "\x85", "\u2028", "é", "\U0001f600"]
pieces = st.sampled_from([*WORDS, *SPACES])


@settings(max_examples=examples(300))
@given(st.binary(max_size=300) | st.lists(pieces, max_size=40).map(lambda parts: "".join(parts).encode()))
@example("a: \x85b\nc: ]".encode())
@example("name: x\u2028y: ]\nb: [".encode())
def test_no_manifest_raises_and_every_place_lies_inside_the_file(data: bytes) -> None:
    whole = folder(data)
    checked = check_folder(whole)

    assert checked.findings
    assert_places_lie_inside(whole, checked)
    assert list(checked.findings) == sorted(checked.findings)


@settings(max_examples=examples(200))
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
@example(b"def main(\r\x0c(")
@example(b"# coding: utf-16\nx")
@example(b"# /// script\n# dependencies = 3\n# ///")
def test_no_source_raises_and_every_place_lies_inside_the_file(data: bytes) -> None:
    whole = folder(GOOD, data)

    assert_places_lie_inside(whole, check_folder(whole))


@settings(max_examples=examples(150))
@given(
    st.integers(0, len(GOOD)), st.integers(0, len(GOOD)), st.sampled_from(["", "x", "\n", ": ", "- ", "[", "&a ", "5"])
)
def test_a_half_written_manifest_never_raises(start: int, end: int, inserted: str) -> None:
    whole = folder(GOOD[:start] + inserted + GOOD[max(start, end) :])

    assert_places_lie_inside(whole, check_folder(whole))


def test_the_same_folder_gives_the_same_answer_whatever_the_order_of_its_files() -> None:
    whole = folder(GOOD + "zzz: 1\naaa: 2\n", "def main(a, b): ...\n", File("-x", "symlink", 1, "0" * 40))
    shuffled = list(whole.files)
    random.Random(1).shuffle(shuffled)

    assert check_folder(whole) == check_folder(Folder(whole.name, whole.digest, tuple(shuffled), whole.contents))


SOURCE_LINES = [
    *("import {a}", "import {a}.{b} as {b}", "from {a} import {b}", "from . import {a}", "from ..{a} import {b}"),
    *("from {a} import *", "{a} = {b}", "{a}.{b}({a})", "{a}({b}=1)", "{a}[{b}]", "{a}['X']", "x = {a} or {b}"),
    *("x = {a}.{b}['X'] == 1", "print(f'{{{a}}}')", "@{a}.{b}", "def {a}({b}, *c, **d): pass", "class {a}({b}): pass"),
    *("if {a}.{b}:", "if __name__ == '__main__':", "try:", "except {a}:", "except:", "finally:", "else:", "with {a}:"),
    *("while {a}:", "for {a} in {b}:", "match {a}:", " case {b}:", "async def {a}(): await {b}", "lambda: {a}", "pass"),
    *("del {a}", "global {a}", "return {a}", "# /// script", "# dependencies = ['{a}']", "# requires-python = '{b}'"),
    *("# ///", "{a}: {b} = 1", "{a} += {b}", "{a}.parse_args()", "os.environ.get({a})", "getenv('{a}', {b})"),
]
SOURCE_NAMES = [
    "os",
    "sys",
    "argv",
    "environ",
    "stdin",
    "main",
    "click",
    "command",
    "argparse",
    "helper",
    "google",
    "é",
]


@st.composite
def sources(draw: st.DrawFn) -> bytes:
    """Lines that the rules look at, in any order and depth; half of them is Python."""
    depth = 0
    lines: list[str] = []
    for line in draw(st.lists(st.sampled_from(SOURCE_LINES), max_size=25)):
        depth = draw(st.integers(max(0, depth - 1), depth)) if not lines or not lines[-1].endswith(":") else depth + 1
        names = {name: draw(st.sampled_from(SOURCE_NAMES)) for name in ("a", "b")}
        lines.append(" " * depth + line.format(**names))
        if line.startswith("@"):
            lines.append(" " * depth + "def main(): pass")
    return "\n".join([*lines, " " * (depth + 1) + "pass"] if lines and lines[-1].endswith(":") else lines).encode()


@given(sources(), sources(), st.sampled_from(["helper.py", "helper/__init__.py", "os.py", "é.py"]))
@settings(max_examples=examples(200), deadline=None)
def test_no_code_makes_a_rule_raise_and_every_place_lies_inside_the_file(main: bytes, other: bytes, path: str) -> None:
    whole = folder(GOOD, main, File(path, "regular", len(other), "0" * 40))
    both = Folder(whole.name, whole.digest, whole.files, {**whole.contents, path: other})

    assert_places_lie_inside(both, check_folder(both))


def test_columns_count_characters() -> None:
    found = check_folder(folder(GOOD, "import sys\ndef main(host):\n    return 'é', sys.argv\n".encode()))

    assert places(found) == [("main.py", 3, 17, "argv-unused")]
