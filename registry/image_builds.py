"""What the command makes that a service makes by itself: the base image, and the images with tools' dependencies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from registry.gitrepo import open_repository
from runner import Runner, SandboxUnavailable, ensure_base_image, open_runner

from .config import Config
from .errors import ConfigError, Unavailable
from .model import Tool
from .service import list_needs, make_runner_settings, open_state

Say = Callable[[str], None]


def make_base_image(config: Config, say: Say) -> str:
    """The id of the base image, made where it is missing. Raises Unavailable."""
    with _translated():
        return ensure_base_image(make_runner_settings(config), say)


def build_image(runner: Runner, tool: Tool, say: Say) -> bool:
    """Build the image that a tool needs, where it is missing; whether it is there. Raises Unavailable."""
    return _build(runner, tool.manifest.runtime.dependencies, tool.imports, say)


def build_images(config: Config, say: Say, *, required: bool) -> bool:
    """Build the images that a repository's tools need; whether all of them are there.

    Without a repository there are none, unless one is ``required``. Raises ConfigError or Unavailable.
    """
    try:
        repository = open_repository(config)
    except ConfigError:
        if required:
            raise
        return True
    runner = open_runner(make_runner_settings(config, repository))
    try:
        needs = list_needs(open_state(config, repository).current())
        runner.prepare((), needs)
        built = [_build(runner, need.dependencies, need.modules, say) for need in needs]  # all, whichever fails
        return all(built)
    finally:
        runner.close()


def _build(runner: Runner, dependencies: tuple[str, ...], imports: tuple[str, ...], say: Say) -> bool:
    with _translated():
        state = runner.build(dependencies, say).of_use_to(imports)
    if state.state == "failed":
        say(f"dependencies: {', '.join(dependencies)}: {state.message}")
    return state.state == "ready"


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except SandboxUnavailable as error:
        raise Unavailable(str(error), 0) from error
