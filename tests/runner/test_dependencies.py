"""A set of dependencies has one form; where packages come from is what pip was told; what uv says is understood."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.images.build_state import strip_passwords
from runner.images.dependency_set import UNRESOLVABLE, BuildFailed, normalise_dependencies
from runner.images.package_indexes import PackageSources, find_package_sources, read_pip_settings
from runner.images.package_resolver import PackageResolver, PackageTarget, find_target

NAMES = st.sampled_from(["six", "Six", "zope.interface", "Zope_Interface", "ruamel-yaml"])
BOUNDS = st.sampled_from(["", ">=1", "==1.2.*", ">=1,<2", "<2, >=1", "~=1.4"])
MARKERS = st.sampled_from(["", "; python_version >= '3.9'", ' ; python_version>="3.9"'])
REQUIREMENTS = st.builds(lambda name, bounds, marker: f"{name}{bounds}{marker}", NAMES, BOUNDS, MARKERS)


@given(st.lists(REQUIREMENTS, max_size=6), st.randoms(use_true_random=False))
def test_the_order_and_the_spelling_of_a_set_do_not_matter(wanted: list[str], random: object) -> None:
    form = normalise_dependencies(wanted)
    shuffled = [*wanted, *wanted[:1]]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert normalise_dependencies(shuffled) == form == normalise_dependencies(form)
    assert list(form) == sorted(set(form))


def test_other_spellings_are_the_same_requirement() -> None:
    assert normalise_dependencies(["Zope_Interface [Test,docs] >= 1 , <2"]) == normalise_dependencies(
        ["zope.interface[docs,test]<2,>=1"]
    )
    assert normalise_dependencies(["six ; python_version>='3.9'"]) == normalise_dependencies(
        ['six; python_version >= "3.9"']
    )
    assert normalise_dependencies(["six>=1"]) != normalise_dependencies(["six>=1.1"])


@pytest.mark.parametrize(
    "text",
    ["six @ file:///etc/passwd", "six @ http://127.0.0.1/six.whl", "-r other.txt", "--index-url=x", "", "six\n-e ."],
)
def test_an_address_an_option_and_nonsense_are_refused(text: str) -> None:
    with pytest.raises(BuildFailed) as refused:
        normalise_dependencies([text])
    assert refused.value.fault == UNRESOLVABLE


def configured(folder: Path, text: str) -> dict[str, str]:
    """An environment whose pip reads this file; further ones may be read before it, and are overruled."""
    (folder / "pip.conf").write_text(text)
    return {"PATH": "/usr/bin:/bin", "HOME": str(folder), "PIP_CONFIG_FILE": str(folder / "pip.conf")}


def test_of_several_files_that_say_the_same_the_one_counts_that_pip_lets_win(tmp_path: Path) -> None:
    # By name the old place comes after the new one, and it gives way to it.
    for place, text in (
        (".pip/pip.conf", "[global]\ntimeout = 8\nretries = 2\nfind-links = /old\n"),
        (".config/pip/pip.conf", "[global]\ntimeout = 7\nfind-links =\n    /wheels\n    /more\n"),
    ):
        (tmp_path / place).parent.mkdir(parents=True)
        (tmp_path / place).write_text(text)
    found = read_pip_settings({"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)})
    assert (found["timeout"], found["retries"], found["find-links"].split()) == ("7", "2", ["/wheels", "/more"])


def test_what_pip_was_told_is_told_to_uv(tmp_path: Path) -> None:
    environment = configured(
        tmp_path,
        "[global]\nindex-url = https://me:secret@one.example/simple\nextra-index-url =\n    https://two.example/simple\n"
        "    https://three.example/simple\ntimeout = 7\ntrusted-host = one.example two.example\n"
        "find-links = /wheels /more\ncert = /some/ca.pem\nconstraint = /some/bounds.txt\nproxy = http://proxy.example:3128\n"
        "[install]\ntimeout = 9\npre = true\n",
    )
    found = find_package_sources(environment, None, tmp_path).environment
    told = {name: found[name] for name in found if name.startswith(("UV_", "SSL_", "HTTP"))}
    assert told == {
        "UV_DEFAULT_INDEX": "https://me:secret@one.example/simple",
        "UV_INDEX": "https://two.example/simple https://three.example/simple",
        "UV_HTTP_TIMEOUT": "9",
        "UV_INSECURE_HOST": "one.example two.example",
        "UV_FIND_LINKS": "/wheels,/more",
        "UV_CONSTRAINT": "/some/bounds.txt",
        "UV_PRERELEASE": "allow",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "SSL_CERT_FILE": "/some/ca.pem",
        "HTTP_PROXY": "http://proxy.example:3128",
        "HTTPS_PROXY": "http://proxy.example:3128",
    }


def test_the_environment_overrules_the_file_and_uvs_own_settings_overrule_pips_indexes(tmp_path: Path) -> None:
    environment = configured(tmp_path, "[global]\nindex-url = https://file.example/simple\n")
    environment["PIP_INDEX_URL"] = "https://variable.example/simple"
    assert read_pip_settings(environment)["index-url"] == "https://variable.example/simple"
    environment["UV_DEFAULT_INDEX"] = "https://uv.example/simple"
    assert (
        find_package_sources(environment, None, tmp_path).environment["UV_DEFAULT_INDEX"] == "https://uv.example/simple"
    )


def test_without_an_index_is_an_option(tmp_path: Path) -> None:
    environment = {**configured(tmp_path, ""), "PIP_NO_INDEX": "1"}
    assert find_package_sources(environment, None, tmp_path).options == ("--no-index",)


def test_what_would_put_packages_elsewhere_or_trust_anything_is_not_passed_on(tmp_path: Path) -> None:
    asked = {
        "UV_TARGET": "/etc",
        "UV_NO_VERIFY_HASHES": "1",
        "UV_LINK_MODE": "symlink",
        "LD_PRELOAD": "x",
        "TOKEN": "t",
    }
    found = find_package_sources({**configured(tmp_path, ""), **asked}, None, tmp_path).environment
    assert not asked.keys() & found.keys()


def test_the_services_own_certificates_come_beside_the_machines(tmp_path: Path) -> None:
    own = tmp_path / "own.pem"
    own.write_text("mine\n")
    together = Path(find_package_sources(configured(tmp_path, ""), own, tmp_path).environment["SSL_CERT_FILE"])
    assert together.read_text().endswith("mine\n")
    system = ssl.get_default_verify_paths().cafile
    assert system is None or together.read_bytes().startswith(Path(system).read_bytes()[:100])


@pytest.mark.parametrize(
    ("machine", "libc", "version", "platform"),
    [
        ("x86_64", "glibc", "2.36", "x86_64-manylinux_2_36"),
        ("aarch64", "glibc", "2.41", "aarch64-manylinux_2_40"),
        ("x86_64", "glibc", "2.30", "x86_64-manylinux_2_28"),
        ("x86_64", "", "", "x86_64-unknown-linux-musl"),
    ],
)
def test_packages_are_for_the_sandboxes_platform(machine: str, libc: str, version: str, platform: str) -> None:
    assert find_target("3.12.1", machine, libc, version).platform == platform


def test_a_machine_without_wheels_is_named() -> None:
    with pytest.raises(BuildFailed, match="s390x"):
        find_target("3.12.1", "s390x", "glibc", "2.36")


def test_logs_lose_passwords() -> None:
    assert strip_passwords("at https://me:secret@index.example/x") == "at https://index.example/x"


@pytest.mark.parametrize(("file", "table"), [("uv.toml", ""), ("pyproject.toml", "[tool.uv]\n")])
def test_settings_for_uv_in_the_repository_of_tools_are_not_read(tmp_path: Path, file: str, table: str) -> None:
    (tmp_path / file).write_text(f"{table}required-version = '>=9999'\n")  # who reads it refuses to go on
    place = tmp_path / ".git/toolcrib/images/work"  # where it is as long as nobody names another state directory
    place.mkdir(parents=True)
    resolver = PackageResolver(
        PackageSources({"PATH": os.environ["PATH"], "HOME": str(tmp_path)}),
        PackageTarget("3.11", "x86_64-manylinux_2_28"), place, tmp_path / "log", lambda: False,
    )  # fmt: skip
    assert resolver.lock([]).strip() in (b"", b"# no packages")
