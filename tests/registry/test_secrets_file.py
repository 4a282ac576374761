"""The secrets file: read strictly, never quoted, never stale, and only a tool that declares and is granted gets."""

from __future__ import annotations

import os
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from registry.errors import ConfigError, SecretMissing
from registry.jsonschemas import check_schema
from registry.model import Checked, Manifest, Runtime, Tool
from registry.secret_names import is_reserved_name
from registry.secrets import Secrets
from registry.secrets.secrets_file import _schema, parse_secrets
from runner import Job
from runner.sandbox_limits import ENVIRONMENT

VALUE = "hunter2-and-more"


def tool(name: str, *secrets: str) -> Tool:
    manifest = Manifest(name, name, runtime=Runtime(secrets=secrets))
    return Tool(name, Checked(manifest, "function", False, (), ()), (), "d" * 40, None, 0, False)


def written(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return written(tmp_path / "secrets.yaml", f"TOKEN:\n  value: {VALUE}\n  tools: [lookup]\n")


def refusal(secrets: Secrets, asking: Tool) -> str:
    with pytest.raises(SecretMissing) as refused:
        secrets.handed(asking)
    return str(refused.value)


def test_only_a_tool_that_declares_and_is_granted_a_secret_gets_it(file: Path) -> None:
    secrets = Secrets(file)
    assert secrets.handed(tool("lookup", "TOKEN")).values == {"TOKEN": VALUE}
    assert secrets.handed(tool("lookup")).values == {}, "granted, but not declared"
    elsewhere = refusal(secrets, tool("other", "TOKEN"))
    nowhere = refusal(secrets, tool("other", "NOKEN"))
    assert elsewhere == nowhere.replace("NOKEN", "TOKEN"), "whether others have it is not told"
    assert secrets.granted(tool("other", "TOKEN")) == {"TOKEN": False}
    assert secrets.granted(tool("lookup", "TOKEN", "NOKEN")) == {"TOKEN": True, "NOKEN": False}


def test_every_missing_secret_is_named_at_once(file: Path) -> None:
    with pytest.raises(SecretMissing) as refused:
        Secrets(file).handed(tool("lookup", "A_KEY", "TOKEN", "B_KEY"))
    assert [fault.pointer for fault in refused.value.faults] == ["/runtime/secrets/0", "/runtime/secrets/2"]
    assert "A_KEY" in str(refused.value)
    assert "B_KEY" in str(refused.value)


def test_without_a_file_nothing_is_granted_and_nothing_is_wrong() -> None:
    secrets = Secrets(None)
    assert "not granted" in refusal(secrets, tool("lookup", "TOKEN"))
    assert secrets.check([tool("lookup", "TOKEN"), tool("plain")]) == (
        "TOOLCRIB_SECRETS_FILE is not set; not granted: lookup (TOKEN)"
    )


def test_a_rotated_secret_is_used_by_the_next_call_even_where_time_and_size_stay(file: Path) -> None:
    secrets, asking = Secrets(file), tool("lookup", "TOKEN")
    assert secrets.handed(asking).redactor.text(VALUE) == "[redacted]"
    stamp = file.stat()
    file.write_text(file.read_text().replace("hunter2", "hunter3"))
    os.utime(file, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    handed = secrets.handed(asking)
    assert handed.values == {"TOKEN": VALUE.replace("2", "3")}
    assert handed.redactor.text("hunter3-and-more") == "[redacted]"


def test_a_broken_new_version_refuses_until_it_is_mended(file: Path) -> None:
    secrets, asking = Secrets(file), tool("lookup", "TOKEN")
    sound = file.read_text()
    secrets.handed(asking)
    file.write_text("TOKEN: {value: ")
    assert "/readyz and `toolcrib doctor` say why" in refusal(secrets, asking)
    assert secrets.granted(asking) == {"TOKEN": False}
    assert secrets.handed(tool("plain")).values == {}, "a tool without secrets is not concerned"
    file.unlink()
    assert "/readyz and `toolcrib doctor` say why" in refusal(secrets, asking)
    with pytest.raises(ConfigError, match="No such file"):
        secrets.check([])
    written(file, sound)
    assert secrets.handed(asking).values == {"TOKEN": VALUE}
    assert secrets.check([asking]) == "1 in the secrets file"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660, 0o644])
def test_a_file_that_others_have_rights_to_is_refused(file: Path, mode: int) -> None:
    file.chmod(mode)
    secrets = Secrets(file)
    refusal(secrets, tool("lookup", "TOKEN"))
    with pytest.raises(ConfigError, match=f"mode {mode:o}.*chmod 600"):
        secrets.check([])


def test_a_pipe_or_a_folder_in_its_place_holds_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path in (tmp_path / "pipe", tmp_path):
        with pytest.raises(ConfigError, match=r"no regular file|Is a directory"):
            Secrets(path).check([])


def test_a_value_may_lie_in_a_file_of_its_own_that_changes(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(VALUE + "\n")
    text = (
        f"A: {{file: token, tools: [x]}}\nB: {{file: {tmp_path}/gone, tools: [x]}}\nC: {{value: {VALUE}, tools: [x]}}\n"
    )
    secrets = Secrets(written(tmp_path / "secrets.yaml", text))
    assert secrets.handed(tool("x", "A")).values == {"A": VALUE}, "the line break at its end is the editor's"
    (tmp_path / "token").write_text("another-value\r\n")
    assert secrets.handed(tool("x", "A")).values == {"A": "another-value"}
    assert "B: it cannot be read (No such file or directory)" in refusal(secrets, tool("x", "B", "C"))
    assert secrets.handed(tool("x", "C")).values == {"C": VALUE}, "one that cannot be read hides no other"
    for wrong, said in ((b"short", "at least 6 characters"), (b"\xff" * 9, "not UTF-8"), (b"x" * 20_000, "more than")):
        (tmp_path / "token").write_bytes(wrong)
        assert said in refusal(secrets, tool("x", "A"))
        with pytest.raises(ConfigError, match=said):
            secrets.check([])


FAULTY = f"""\
PATH: {{value: {VALUE}1, tools: [a]}}
lower: {{value: {VALUE}2, tools: [a]}}
SHORT: {{value: abc, tools: ['*']}}
BOTH: {{value: {VALUE}3, file: /x, tools: [a, a]}}
NEITHER: {{tools: []}}
NUMBER: {{value: 12345678, tools: [a]}}
NO_TOOLS: {{value: {VALUE}4, {VALUE}5: 1}}
FLAT: {VALUE}6
LIST: [{VALUE}7]
"""


def test_every_fault_comes_at_once_with_its_place_and_quotes_nothing() -> None:
    findings = parse_secrets(FAULTY.encode(), Path()).findings
    assert [(one.line, one.column, one.code) for one in findings] == [
        (1, 1, "secret-name-reserved"),
        (2, 1, "secret-name"),
        (3, 16, "secret-value"),
        (3, 29, "secret-shape"),
        (4, 1, "secret-shape"),
        (4, 44, "secret-shape"),
        (5, 1, "secret-shape"),
        (6, 17, "secret-shape"),
        (7, 1, "secret-shape"),
        (7, 38, "secret-shape"),
        (8, 7, "secret-shape"),
        (9, 1, "secret-shape"),
    ]
    said = " ".join(one.message for one in findings)
    assert "hunter" not in said
    assert "12345678" not in said


@pytest.mark.parametrize(
    "text",
    [
        "A: {value: !hunter2, tools: [a]}",
        "A: {value: &hunter2 x, tools: [a]}",
        "A: {value: *hunter2, tools: [a]}",
        "A: {value: hunter2\n",
        "hunter2: 1\nhunter2: 2",
        'A: "\\hunter2"',
        "A: %hunter2",
        "A: @hunter2",
        "%hunter2",
        "A: hunter2\n\tB: hunter2",
        "--- hunter2\n--- hunter2",
        "- hunter2",
        "hunter2",
        "",
        "1e999: hunter2",
        "A: {value: 1e99999, tools: [hunter-2]}",
        "\ufeffhunter2",
        "A: hunter2\0",
        "[" * 40 + "hunter2",
        "? [hunter2]\n: 1",
        "x" * 70_000,
    ],
)
def test_no_refusal_quotes_the_file(text: str) -> None:
    findings = parse_secrets(text.encode(), Path()).findings
    assert findings
    assert all("hunter" not in one.message and "99999" not in one.message for one in findings)
    assert all(one.line >= 1 and one.column >= 1 for one in findings)


def test_the_schema_judges_as_an_independent_validator_does() -> None:
    assert check_schema(_schema()) == ()
    sound: dict[str, Any] = {"A": {"value": "abcdef", "tools": ["a"]}, "B": {"file": "/x", "tools": []}}
    wrong: list[Any] = [{"a": sound["A"]}, {"A": {"value": "abcdef"}}, {"A": {**sound["A"], "file": "/x"}}, []]
    for value in (sound, *wrong):
        accepted = jsonschema.Draft202012Validator(_schema()).is_valid(value)
        assert accepted == (value is sound)


def test_no_secret_can_be_what_the_sandbox_sets_itself() -> None:
    assert all(map(is_reserved_name, ENVIRONMENT))
    assert all(map(is_reserved_name, ("LD_PRELOAD", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONSTARTUP", "GCONV_PATH")))
    assert not any(map(is_reserved_name, ("CLOUDFLARE_TOKEN", "PYPI_TOKEN", "HOME_TOKEN", "PATHFINDER")))


def test_no_value_is_in_what_a_log_might_show(file: Path) -> None:
    secrets = Secrets(file)
    handed = secrets.handed(tool("lookup", "TOKEN"))
    job = Job("1", {}, "function", b"{}", 1.0, secrets=handed.values)
    reading = parse_secrets(file.read_bytes(), file.parent)
    for shown in (secrets, handed, handed.redactor, job, reading, replace(job)):
        assert "hunter2" not in repr(shown)
        assert "hunter2" not in str(shown)
    assert b"hunter2" in pickle.dumps(job), "it is there all the same"
