"""Every folder under ``tests/importing/scripts`` is a case: scripts beside an ``expected.json``.

It says what becomes of them, and what calls of the tools give. The calls run the tools' main.py with this Python, as
these scripts are our own; the real way, in a sandbox, is tried by ``test_import_command``.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from registry.importing import ImportedTool, ScriptWishes, check_unwritten, import_scripts

CASES = Path(__file__).parent / "scripts"
EXPECTED = "expected.json"
CALL = "import json, sys, main; print(json.dumps(main.main(**json.loads(sys.argv[1]))), file=sys.stderr)"


def cases() -> list[Any]:
    return [pytest.param(path, id=path.name) for path in sorted(CASES.iterdir())]


def imported(path: Path) -> tuple[dict[str, ImportedTool], tuple[str, ...]]:
    reading = import_scripts([path], ScriptWishes())
    return {tool.name: tool for tool in reading.tools}, reading.refusals


@pytest.mark.parametrize("path", cases())
def test_scripts_become_what_their_case_says(path: Path) -> None:
    expected = json.loads((path / EXPECTED).read_text())
    tools, refusals = imported(path)
    assert sorted(tools) == sorted(expected["tools"])
    for name, said in expected["tools"].items():
        tool, manifest = tools[name], tools[name].manifest
        parameters = manifest["parameters"]
        found = {
            "status": manifest["status"],
            "description": manifest["description"],
            "properties": parameters["properties"],
            "names": list(parameters["properties"]),
            "required": parameters.get("required", []),
            "runtime": manifest["runtime"],
            "returns": manifest.get("returns"),
            "files": sorted(tool.files),
        }
        assert {key: found[key] for key in said if key in found} == {key: said[key] for key in said if key in found}
        assert said.get("example", {}).items() <= manifest["examples"][0]["arguments"].items()
        notes = "\n".join(note.message for note in tool.notes)
        assert [text for text in said.get("notes", []) if text not in notes] == []
        assert [text for text in said.get("main", []) if text not in tool.files["main.py"].decode()] == []
    wanted = expected.get("refusals", [])
    assert len(refusals) == len(wanted)
    assert [text for text in wanted if not any(text in refusal for refusal in refusals)] == []


@pytest.mark.parametrize("path", cases())
def test_what_is_made_has_no_finding_but_what_the_script_leaves_open(path: Path) -> None:
    tools, _ = imported(path)
    found = {(tool.name, finding.code) for tool in tools.values() for finding in check_unwritten(tool)}
    assert {(name, code) for name, code in found if code not in {"description-short", "import-unknown"}} == set()
    assert {name for name, code in found if code == "import-unknown"} <= {"with_unknown"}


def calls() -> list[Any]:
    return [
        pytest.param(path, name, call, id=f"{path.name}-{name}-{number}")
        for path in sorted(CASES.iterdir())
        for name, said in json.loads((path / EXPECTED).read_text())["tools"].items()
        for number, call in enumerate(said.get("calls", []))
    ]


@pytest.mark.parametrize(("path", "name", "call"), calls())
def test_the_tool_does_what_the_script_does(path: Path, name: str, call: Mapping[str, Any], tmp_path: Path) -> None:
    tool = imported(path)[0][name]
    folder, temporary = tmp_path / "tool", tmp_path / "tmp"
    temporary.mkdir()
    for file, data in tool.files.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(data)
    done = subprocess.run(
        [sys.executable, "-c", CALL, json.dumps(call["arguments"])],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "TMPDIR": str(temporary), "PYTHONUTF8": "1"},
    )
    if "fails" in call:
        assert done.returncode != 0
        assert re.search(call["fails"], done.stderr, re.DOTALL), done.stderr
        return
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stderr.splitlines()[-1])
    if "result" in call:
        assert result == call["result"]
    if "contains" in call:
        assert call["contains"] in (
            result["output"] if isinstance(result, dict) and "output" in result else json.dumps(result)
        )
    for file, text in call.get("writes", {}).items():
        assert (temporary / "out" / file).read_text() == text


def test_any_python_gives_tools_without_errors_or_a_sentence(tmp_path: Path) -> None:
    """Some modules of the standard library, as code that nobody wrote for this."""
    known = [path for path in sorted(Path(json.__file__).parents[1].glob("*.py")) if path.stat().st_size < 25_000]
    made = 0
    for path in known[::4]:
        script = tmp_path / path.stem / path.name
        script.parent.mkdir()
        shutil.copy(path, script)
        reading = import_scripts([script], ScriptWishes())
        assert bool(reading.tools) != bool(reading.refusals)
        assert "report" not in "".join(reading.refusals)
        for tool in reading.tools[:3]:
            made += 1
            assert [one.message for one in check_unwritten(tool) if one.severity == "error"] == [], path
    assert made > 10


def test_a_tool_that_is_made_does_not_look_at_the_script_again(tmp_path: Path) -> None:
    copied = tmp_path / "scripts"
    shutil.copytree(CASES / "helper_on_path", copied)
    before = imported(copied)[0]["use_lib"]
    shutil.rmtree(copied)
    assert before.files["textutil.py"] == (CASES / "helper_on_path/lib/textutil.py").read_bytes()


def doubled(last: str, lines: str) -> str:
    """A script whose constant ``A30`` is made of constants, each of which is worth twice the one before."""
    made = "\n".join(lines.format(one=number, before=number - 1) for number in range(1, 31))
    return (
        f'"""Prints what it is given."""\nimport argparse\n{last}\n{made}\nparser = argparse.ArgumentParser()\n'
        'parser.add_argument("--x", default=A30, choices=A30, help=f"{A30}")\nprint(parser.parse_args())\n'
    )


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(doubled('A0 = "x"', "A{one} = A{before} + A{before}"), id="texts"),
        pytest.param(doubled('A0 = "x"', 'A{one} = f"{{A{before}}}{{A{before}}}"'), id="f-strings"),
        pytest.param(doubled("A0 = [1]", "A{one} = [A{before}, A{before}]"), id="lists"),
        pytest.param(doubled("A0 = 0", f"A{{one}} = [{'A{before}, ' * 400}]"), id="wide lists"),
        pytest.param(
            doubled(
                "p0 = argparse.ArgumentParser()\np0.add_argument('--y')\nA30 = 1",
                "p{one} = argparse.ArgumentParser(parents=[p{before}, p{before}])",
            )
            + "p30.parse_args()\n",
            id="parents",
        ),
    ],
)
def test_a_script_costs_no_more_than_its_size(text: str, tmp_path: Path) -> None:
    (tmp_path / "doubling.py").write_text(text)
    code = (
        "import resource, sys; from pathlib import Path; from registry.importing import ScriptWishes, import_scripts\n"
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))\n"
        "resource.setrlimit(resource.RLIMIT_CPU, (30, 30))\n"
        "reading = import_scripts([Path(sys.argv[1])], ScriptWishes())\n"
        "print(len(reading.tools), reading.refusals)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False, timeout=300
    )
    assert (ran.stdout.strip(), ran.returncode) == ("1 ()", 0), ran.stderr[-2000:]


_TYPED = 'import lxml\n\n\ndef count(number: int) -> int:\n    """Count."""\n    return number\n'


@pytest.mark.parametrize(
    ("beside", "text"),
    [
        ("pyproject.toml", "[project]\ndependencies = 5\n"),
        ("pyproject.toml", "[tool]\npoetry = 'none'\n"),
        ("pyproject.toml", "a = " + "[" * 5_000),
        ("requirements.txt", "-r requirements.txt\n" * 200),
        ("block.py", "# /// script\n" * 14_000 + _TYPED),
        ("deep.py", _TYPED + "if a:\n b = 1\n" + "elif a:\n b = 1\n" * 2_000),
        ("deep.py", _TYPED + "x = a" + ".a" * 2_000 + "\n"),
    ],
    ids=["no list", "no table", "deep table", "itself", "blocks", "elif", "attributes"],
)
def test_what_lies_beside_a_script_keeps_it_from_nothing(tmp_path: Path, beside: str, text: str) -> None:
    (tmp_path / "script.py").write_text(_TYPED)
    (tmp_path / beside).write_text(text)
    started = time.thread_time()

    reading = import_scripts([tmp_path], ScriptWishes())

    assert "script" in {tool.name for tool in reading.tools}
    assert all("deep.py: is nested too deeply" in refusal for refusal in reading.refusals)
    assert time.thread_time() - started < 3
