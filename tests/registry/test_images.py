"""A catalog with images laid over it: how far each is, a failed build as a finding where the dependencies stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.catalog import Catalog, overlay_images
from registry.config import Config
from registry.formats import compile_tool
from registry.gitrepo import open_repository
from registry.service import list_imports, list_needs, open_state
from runner import FailedImport, ImageState
from tests.repositories import Repo

FAILED = ImageState("failed", "the log", "dependencies-unresolvable", "there is no such package")
MAIN = "import six\n\n\ndef main(name, times=1):\n    return {}\n"
BLOCK = f'"""Doc."""\n# /// script\n# dependencies = ["six"]\n# ///\n{MAIN}'


class Images:
    """What a runner would say."""

    def __init__(self) -> None:
        self.images_version = 0
        self.said = ImageState("building", "at it")
        self.asked: list[tuple[str, ...]] = []

    def image_state(self, dependencies: tuple[str, ...]) -> ImageState:
        self.asked.append(dependencies)
        return self.said


@pytest.fixture
def catalog(repo: Repo) -> Catalog:
    repo.tool("plain", main="import requests\n\n\ndef main(name, times=1):\n    return {}\n")
    repo.tool(
        "needy",
        main=BLOCK.replace("# ///", "#"),
        runtime="\n  network: false\n  memory_mb: 512\n  dependencies: [six, attrs]",
    )
    repo.tool("scripted", main=BLOCK)
    repo.tool("draft_one", status="draft", runtime="{dependencies: [six]}")
    repo.commit()
    return opened(repo.path)


def opened(path: Path) -> Catalog:
    config = Config.from_environment({"TOOLCRIB_REPO": str(path)})
    return open_state(config, open_repository(config)).current()


def test_only_what_can_run_and_has_dependencies_has_an_image(catalog: Catalog) -> None:
    shown = overlay_images(catalog, Images().image_state)
    states = {name: tool.image.state if tool.image else None for name, tool in shown.tools.items()}
    assert states == {"plain": None, "needy": "building", "scripted": "building", "draft_one": None}
    assert all(tool.image is None for tool in catalog.tools.values()), "the commit's catalog stays as it is"
    assert shown.tools["needy"].offered


def test_a_failed_build_stands_where_the_dependencies_do(catalog: Catalog) -> None:
    shown = overlay_images(catalog, lambda _: FAILED)
    [finding] = shown.tools["needy"].findings
    assert (finding.file, finding.severity, finding.code) == ("tool.yaml", "error", "dependencies-unresolvable")
    assert finding.message == "The dependencies cannot be installed: there is no such package"
    text = catalog.file_of(catalog.tools["needy"], "tool.yaml")
    assert text is not None
    assert text.decode().splitlines()[finding.line - 1] == "  dependencies: [six, attrs]"
    [in_script] = shown.tools["scripted"].findings
    assert (in_script.file, in_script.line) == ("main.py", 2)
    assert not shown.tools["needy"].invocable
    assert compile_tool(shown.tools["needy"], "openai").definition is None
    assert shown.identity != catalog.identity


def test_what_cannot_be_imported_keeps_the_tool_that_imports_it_from_being_offered(catalog: Catalog) -> None:
    line = "ImportError: libGL.so.1: cannot open shared object file"
    seen = ImageState("ready", "the log", failed_imports=(FailedImport("attr", "ValueError: no"),))
    shown = overlay_images(catalog, lambda _: seen)
    assert shown.tools["needy"].offered, "it imports six alone"
    seen = ImageState("ready", "the log", failed_imports=(FailedImport("six", line, ("libGL.so.1", "libX.so")),))
    needy = overlay_images(catalog, lambda _: seen).tools["needy"]
    [finding] = needy.findings
    assert (finding.file, finding.severity, finding.code) == ("tool.yaml", "error", "dependencies-unimportable")
    assert finding.message == (
        f"The dependencies are installed and cannot be used: `import six` fails in the sandbox: {line} "
        "(shared objects that neither a package nor the image has: libGL.so.1, libX.so)"
    )
    assert needy.image is not None
    assert (needy.image.state, needy.image.log, needy.offered, needy.invocable) == ("failed", "the log", False, False)


def test_a_catalog_without_dependencies_is_the_same_catalog(repo: Repo) -> None:
    repo.tool("plain")
    repo.commit()
    catalog = opened(repo.path)
    assert overlay_images(catalog, lambda _: FAILED) is catalog


def test_the_needs_are_those_of_tools_that_can_run(catalog: Catalog) -> None:
    found = {need.dependencies: need for need in list_needs(catalog)}
    assert set(found) == {("six", "attrs"), ("six",)}
    assert found[("six",)].modules == ("six",)
    assert [found[one].memory_mb for one in sorted(found)] == [256, 512], "imports have the memory of the largest"
    assert list_imports(catalog) == {"requests"}, "what another image holds is not imported ahead in the base's"


def test_the_state_shows_a_change_with_the_next_request_and_else_the_same_catalog(repo: Repo) -> None:
    repo.tool("needy", main=BLOCK)
    repo.commit()
    config = Config.from_environment({"TOOLCRIB_REPO": str(repo.path)})
    images = Images()
    state = open_state(config, open_repository(config), images=images)
    first = state.current()
    assert state.current() is first
    assert images.asked == [("six",)]
    images.said, images.images_version = FAILED, 1
    assert state.current().tools["needy"].findings != ()
    images.said, images.images_version = ImageState("ready"), 2
    assert state.current().tools["needy"].invocable
    repo.tool("needy", main=BLOCK + "# saved\n")
    repo.commit()
    again = state.current().tools["needy"]
    assert again.version == 2
    assert again.image is not None
