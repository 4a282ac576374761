"""The canonical form of a tool.yaml keeps its meaning and every comment, and is the same when it is made again."""

from __future__ import annotations

import itertools
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings

from registry.errors import InputRefused
from registry.manifest import read_yaml, tidy_text, write_canonical
from tests.properties import examples
from tests.yaml_sources import Source, sources

UNTIDY = b"""\
# yaml-language-server: $schema=../../schemas/tool.schema.json


# Licence: none
description: |   # how it reads
  Says hello.

  And more.
name: "greet"    # the name
# about the title
title: 'Greet'
parameters:
  # what it takes
  type: object
  required: [name,   # always
     times]
  properties:
    name: {type: string, description: "Who."}   # who
    times:
      type: integer
      # a default would be nice
      description: How often, which is a very long line that goes on and on until nobody wants to read it any more.
  # end of parameters

examples:
- name: one
  # why
  arguments: {}
-   # odd
  name: two
  arguments: {a: 1}
tags: [b, a] # tags
# the end
"""
TIDY = b"""\
# yaml-language-server: $schema=../../schemas/tool.schema.json

# Licence: none
name: greet  # the name
# about the title
title: Greet
description: |  # how it reads
  Says hello.

  And more.
tags: [b, a]  # tags
parameters:
  # what it takes
  type: object
  properties:
    name: {type: string, description: Who.}  # who
    times:
      type: integer
      # a default would be nice
      description: >-
        How often, which is a very long line that goes on and on until nobody wants to read it any
        more.
  required:
    - name  # always
    - times
  # end of parameters

examples:
  - name: one
    # why
    arguments: {}
  # odd
  - name: two
    arguments: {a: 1}
# the end
"""


def test_fields_are_ordered_quotes_lightened_lines_shortened_and_comments_stay_where_they_belong() -> None:
    assert tidy_text(UNTIDY).decode() == TIDY.decode()
    assert tidy_text(TIDY) == TIDY


@settings(max_examples=examples(400), suppress_health_check=list(HealthCheck))
@given(sources())
def test_meaning_and_comments_stay_and_twice_is_the_same_as_once(source: Source) -> None:
    data = source.text.encode()
    document = read_yaml("tool.yaml", data)
    assume(not document.findings)
    tidy = tidy_text(data)
    assert read_yaml("tool.yaml", tidy).value == document.value
    assert tidy.count(b"# note") == data.count(b"# note")
    assert tidy_text(tidy) == tidy


@pytest.mark.parametrize("manifest", sorted(Path("tools").glob("*/tool.yaml")), ids=lambda path: path.parent.name)
def test_what_the_service_writes_is_canonical(manifest: Path) -> None:
    value = read_yaml("tool.yaml", manifest.read_bytes()).value
    written = write_canonical(value)
    assert tidy_text(written) == written


def test_a_text_that_cannot_be_read_is_refused_with_every_fault() -> None:
    with pytest.raises(InputRefused) as refused:
        tidy_text(b"name: a\nname: b\nx: &y 1\n")
    assert {fault.code for fault in refused.value.faults} == {"yaml-duplicate-key", "yaml-anchor"}


def test_sixty_kibibytes_of_comments_take_no_time_that_grows_with_their_square() -> None:
    fields = "".join(f"    a{n}:  # {n}\n      # above\n      type: string # t\n" for n in range(1000))
    data = f"name: x\ndescription: y\nparameters:\n  type: object\n  properties:\n{fields}".encode()
    assert tidy_text(tidy_text(data)).count(b"# above") == 1000


PLACES = ("/usr/share", "/usr/lib", "/etc", sysconfig.get_path("purelib"), "web/node_modules")
MOST_FILES = 600


def from_elsewhere() -> Iterator[tuple[Path, bytes]]:
    """Commented YAML that other people wrote and this machine has, below a free field of a manifest."""
    for path in itertools.chain.from_iterable(sorted(Path(place).rglob("*.y*ml")) for place in PLACES):
        try:
            text = path.read_bytes().decode() if path.is_file() and path.stat().st_size < 40_000 else ""
        except (OSError, UnicodeDecodeError):
            continue
        inner = "".join(f"    {line}" if line.strip() else line for line in text.splitlines(keepends=True))
        data = f"metadata:\n  at:\n{inner}".encode()
        if "#" in text and not read_yaml("tool.yaml", data).findings:
            yield path, data


def texts(data: bytes) -> Any:
    """What PyYAML reads, each value as its text, but for the three ways to write nothing."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [plain(inner) for inner in value]
        return None if value in ("", "~", "null") else value

    return plain(yaml.load(data, yaml.CBaseLoader))


def own_lines(data: bytes) -> list[str]:
    """The comments that have a line of their own, sorted."""
    return sorted(line.strip() for line in data.decode().splitlines() if line.strip().startswith("#"))


def test_files_from_elsewhere_keep_their_meaning_and_their_comments() -> None:
    seen = changed = 0
    for path, data in itertools.islice(from_elsewhere(), MOST_FILES):
        tidy = tidy_text(data)
        assert read_yaml("tool.yaml", tidy).value == read_yaml("tool.yaml", data).value, path
        assert texts(tidy) == texts(data), path
        assert own_lines(tidy) == own_lines(data), path
        assert tidy_text(tidy) == tidy, path
        seen += 1
        changed += tidy != data
    if not seen:
        pytest.skip("NOT TESTED, this machine has no YAML of others")
    assert changed, "most are not written as we write"
    print(f"{seen} files, {changed} of them rewritten")
