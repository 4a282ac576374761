"""Settings are read in one place, refused with their names, and listed where people look for them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from registry.config import SETTINGS, Config, forget_git_environment, list_unknown_settings, name_instance
from registry.errors import ConfigError

ROOT = Path(__file__).parents[2]


def test_without_settings_it_listens_on_the_own_machine_only() -> None:
    config = Config.from_environment({})
    assert (config.host, config.port, config.served_at()) == ("127.0.0.1", 8080, "http://127.0.0.1:8080")
    assert (config.token, config.branch, config.runtime) == (None, None, None)
    assert name_instance(config).endswith(":8080")


def test_every_wrong_setting_is_named_at_once() -> None:
    wrong = {
        "TOOLCRIB_PORT": "eighty",
        "TOOLCRIB_UNCOMMITTED": "maybe",
        "TOOLCRIB_TOOLS_DIR": "../elsewhere",
        "TOOLCRIB_BRANCH": "a..b",
        "TOOLCRIB_CA_BUNDLE": "/nowhere.pem",
        "TOOLCRIB_INSTANCE": "two words",
        "TOOLCRIB_WORKERS": "0",
    }
    with pytest.raises(ConfigError) as refused:
        Config.from_environment(wrong)
    assert all(name in str(refused.value) for name in wrong)


@pytest.mark.parametrize(
    ("given", "right"),
    [
        ("tools.internal:8080", "tools.internal instead of tools.internal:8080"),
        ("https://Tools.Example/x", "tools.example instead of https://tools.example/x"),
        ("[::1]:80", "::1 instead of [::1]:80"),
        ("ok.example, a:1", "a instead of a:1"),
        ("*", "such as tools.example.org"),
        ("http://[", "such as tools.example.org"),
    ],
)
def test_an_allowed_host_with_scheme_or_port_is_refused_with_the_right_form(given: str, right: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(right)):
        Config.from_environment({"TOOLCRIB_ALLOWED_HOSTS": given})


def test_allowed_hosts_are_names_and_addresses() -> None:
    config = Config.from_environment({"TOOLCRIB_ALLOWED_HOSTS": "Tools.Internal, my_upstream,10.0.0.7,fd00::1"})
    assert config.allowed_hosts == ("tools.internal", "my_upstream", "10.0.0.7", "fd00::1")


def test_an_empty_variable_means_not_set() -> None:
    assert Config.from_environment({"TOOLCRIB_PORT": ""}).port == 8080


def test_a_variable_that_is_no_setting_is_told() -> None:
    assert list_unknown_settings({"TOOLCRIB_PROT": "1", "TOOLCRIB_PORT": "1", "HOME": "/"}) == ["TOOLCRIB_PROT"]


def test_what_points_git_elsewhere_is_forgotten() -> None:
    environment = {"GIT_DIR": "/x", "GIT_INDEX_FILE": "/y", "GIT_SSL_CAINFO": "/ca", "HOME": "/"}
    forget_git_environment(environment)
    assert environment == {"GIT_SSL_CAINFO": "/ca", "HOME": "/"}


@pytest.mark.parametrize("page", ["docs/settings.md"])
def test_the_table_of_settings_is_complete_and_says_what_the_code_says(page: str) -> None:
    rows = dict(re.findall(r"^\| `(TOOLCRIB_[A-Z_]+)` \| (.*) \|$", (ROOT / page).read_text(), re.MULTILINE))
    expected = {
        setting.variable: f"{f'`{setting.default}`' if setting.default else ''} | {setting.meaning}"
        for setting in SETTINGS.values()
    }
    assert rows == expected
