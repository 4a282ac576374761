"""Importing ahead in the harness by itself: nothing that a module does when it is imported disturbs what follows."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from runner.harness import wire

from .test_harness import play

MODULES = {
    "closing": "import sys\nsys.stdout.close()\nsys.stderr = None",
    "ending": "import sys\nsys.exit(3)",
    "fat": "kept = bytearray(b'x') * (60 << 20)",
    "hanging": "import time\ntime.sleep(60)",
    "loud": "import os, sys\nprint('loud')\nos.write(1, b'X\\0\\0\\0\\0')\nos.write(2, b'louder')",
    "exiting": "import os\nos._exit(0)",
    "killing": "import os\nos.kill(os.getpid(), 9)",
    "naming": "import os\nfor one in range(3, 64):\n try: os.write(one, b'F\\0\\0\\0\\1')\n except OSError: pass",
    "plain": "x = 1",
    "scribbling": "import os\nfor one in range(3, 64):\n try: os.write(one, bytes(50))\n except OSError: pass",
    "stopping": "import os\nos.kill(os.getpid(), 19)",
    "raising": "raise MemoryError",
    "threaded": "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
    "zebra": "x = 26",
}
HARMFUL = ["closing", "ending", "exiting", "hanging", "killing", "loud", "missing", "naming", "raising", "scribbling"]
HARMFUL += ["stopping", "threaded"]
SEEN = b"import sys\nseen = sorted(sys.modules)\ndef main(): return seen"


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The modules above, where the harness finds them."""
    for name, source in MODULES.items():
        (tmp_path / f"{name}.py").write_text(source)
    monkeypatch.setenv("PYTHONPATH", os.fspath(tmp_path))


def result(found: dict[bytes, bytes]) -> Any:
    assert json.loads(found[wire.END])["status"] == "success"
    return json.loads(found[wire.RESULT])


@pytest.mark.usefixtures("modules")
@pytest.mark.parametrize("name", HARMFUL)
def test_a_module_does_no_harm_and_the_others_are_there(name: str) -> None:
    found = play({"main.py": SEEN}, words=[name, "zebra", "--most-mb=64"], result_bytes=65536)
    assert "zebra" in result(found)
    assert (name in result(found)) == (name in {"closing", "loud"})
    assert wire.STDOUT not in found


@pytest.mark.usefixtures("modules")
def test_memory_bounds_how_much_is_imported() -> None:
    seen = result(play({"main.py": SEEN}, words=["--most-mb=20", "plain", "fat", "zebra"], result_bytes=65536))
    assert {"plain", "fat"} <= set(seen)
    assert "zebra" not in seen


@pytest.mark.usefixtures("modules")
def test_a_tools_own_file_comes_before_a_module_of_its_name_that_was_imported_ahead() -> None:
    files = {"main.py": b"import plain, zebra\ndef main(): return [plain.x, zebra.x]", "plain.py": b"x = 'own'"}
    assert result(play(files, words=["plain", "zebra"])) == ["own", 26]
