"""A repository of generated tools, about as large as real ones: 50 lines of tool.yaml, 25 of main.py."""

from __future__ import annotations

from pathlib import Path

from tests.repositories import Repo, make_repo

_MANIFEST = """\
# yaml-language-server: $schema=../../schemas/tool.schema.json
name: {name}
title: Generated tool {number}
description: >-
  Puts two numbers together and joins words. Made for measuring the catalog; do not use it for
  anything else, because nothing else is done with what it is given.
category: generated/group_{group}
tags: [generated, number_{group}]
owner: bench
parameters:
  type: object
  properties:
    first:
      type: integer
      description: The first number to put together.
      minimum: 0
      maximum: 1000000
    second:
      type: integer
      description: The second number to put together.
      default: {number}
    words:
      type: array
      description: Words that are joined and sent back.
      items: {{type: string, maxLength: 100}}
      maxItems: 10
      default: []
    mode:
      type: string
      description: How the numbers are put together.
      enum: [add, multiply]
      default: add
  required: [first]
  additionalProperties: false
returns:
  type: object
  properties:
    value: {{type: integer, description: The number.}}
    text: {{type: string, description: The words.}}
  required: [value, text]
annotations: {{read_only: true, destructive: false, idempotent: true, open_world: false}}
examples:
  - name: two numbers
    arguments: {{first: 1, second: 2}}
    result: {{value: 3, text: ""}}
runtime:
  timeout_seconds: 10
  memory_mb: 128
  network: false
"""

_MAIN = '''\
"""Generated tool {number}."""

from __future__ import annotations

import math


def combine(first: int, second: int, mode: str) -> int:
    """Put two numbers together."""
    if mode == "multiply":
        return math.prod((first, second))
    return first + second


def main(first: int, second: int = {number}, words: tuple[str, ...] = (), mode: str = "add") -> dict:
    """Put two numbers together and join words."""
    value = combine(first, second, mode)
    text = " ".join(words)
    return {{"value": value, "text": text}}
'''


def generated(path: Path, count: int) -> Repo:
    """A repository with ``count`` tools in one commit."""
    repo = make_repo(path)
    for number in range(count):
        name = f"generated_{number:05d}"
        repo.write(f"tools/{name}/tool.yaml", _MANIFEST.format(name=name, number=number, group=number % 20))
        repo.write(f"tools/{name}/main.py", _MAIN.format(number=number))
    repo.commit("tools")
    return repo
