"""The tools of this project as a catalog, and the questions that were written for them."""

from __future__ import annotations

import dataclasses
import random
from functools import cache
from pathlib import Path

import yaml

from registry.catalog.tool_terms import Terms, extract_terms
from registry.gitrepo import read_folder
from registry.manifest import check_folder
from registry.model import Tool

ROOT = Path(__file__).parents[2]


@cache
def tools() -> dict[str, Tool]:
    """Every tool of this project, by name."""
    found = {}
    for path in sorted((ROOT / "tools").iterdir()):
        if (path / "tool.yaml").is_file():
            folder, _ = read_folder(path)
            checked = check_folder(folder)
            found[path.name] = Tool(path.name, checked, folder.files, folder.digest, None, 0, uncommitted=False)
    return found


@cache
def offered() -> frozenset[str]:
    """The names of those that models are told of."""
    return frozenset(name for name, tool in tools().items() if tool.offered)


def terms() -> dict[str, Terms]:
    """What each of them is found by."""
    return {name: extract_terms(tool.manifest) for name, tool in tools().items()}


@cache
def asked(half: str) -> tuple[tuple[str, str], ...]:
    """The questions of one part (``tuned``, ``held`` or ``late``), each with the tool that answers it."""
    written = yaml.safe_load((Path(__file__).parent / "questions.yaml").read_text())
    return tuple((question, tool) for tool, questions in written[half].items() for question in questions)


@cache
def close() -> tuple[dict[str, str], ...]:
    """The questions between two close tools: ``q``, ``tool`` and ``not``."""
    written = yaml.safe_load((Path(__file__).parent / "questions.yaml").read_text())
    return tuple(written["near"])


def many_tools(count: int) -> list[Tool]:
    """The shipped tools again and again, under other names and with some words of their own."""
    drawn = random.Random(count)
    syllables = ["alpha", "ber", "gam", "del", "eps", "zet", "kap", "lam", "mun", "xip", "ton", "ric", "sor", "mal"]
    shipped = list(tools().values())
    found = []
    for number in range(count):
        like = shipped[number % len(shipped)]
        own = " ".join("".join(drawn.choices(syllables, k=3)) for _ in range(5))
        name = f"{like.name}_{number}"
        manifest = dataclasses.replace(like.manifest, name=name, description=f"{like.manifest.description} {own}")
        checked = dataclasses.replace(like.checked, manifest=manifest)
        found.append(dataclasses.replace(like, name=name, checked=checked))
    return found
