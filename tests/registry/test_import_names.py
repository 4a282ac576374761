"""Which distribution brings a module: what ordinary scripts import, and what no name may be read as."""

import importlib.metadata
import sys
from importlib import resources

import pytest
from packaging.utils import canonicalize_name

from registry.import_names import find_distribution, is_standard_library

TRAPS = {
    "cv2": "opencv-python-headless",  # a sandbox has no screen, and opencv-python wants its libraries
    "PIL.Image": "Pillow",
    "yaml": "PyYAML",
    "bs4": "beautifulsoup4",
    "sklearn.linear_model": "scikit-learn",
    "skimage": "scikit-image",
    "dateutil.parser": "python-dateutil",
    "dotenv": "python-dotenv",
    "jwt": "PyJWT",
    "Crypto.Cipher": "pycryptodome",
    "Cryptodome": "pycryptodomex",
    "attr": "attrs",
    "attrs": "attrs",
    "fitz": "PyMuPDF",
    "docx": "python-docx",
    "pptx": "python-pptx",
    "serial": "pyserial",
    "MySQLdb": "mysqlclient",
    "mysql.connector": "mysql-connector-python",
    "psycopg2": "psycopg2-binary",
    "slack_sdk": "slack-sdk",
    "git": "GitPython",
    "github": "PyGithub",
    "openpyxl": "openpyxl",
    "telegram": "python-telegram-bot",
    "discord": "discord.py",
    "dns.resolver": "dnspython",
    "websocket": "websocket-client",
    "magic": "python-magic",
    "nmap": "python-nmap",
    "googleapiclient.discovery": "google-api-python-client",
    "typing_extensions": "typing-extensions",
    "ruamel.yaml": "ruamel.yaml",
    "google.cloud.storage": "google-cloud-storage",
    "google.cloud.secretmanager": "google-cloud-secret-manager",
    "google.cloud.vision_v1p1beta1.types": "google-cloud-vision",
    "google.protobuf.json_format": "protobuf",
    "google.oauth2.service_account": "google-auth",
    "google.genai": "google-genai",
    "azure.identity": "azure-identity",
    "azure.storage.blob.aio": "azure-storage-blob",
    "opentelemetry.sdk.trace": "opentelemetry-sdk",
}


@pytest.mark.parametrize(("module", "distribution"), TRAPS.items())
def test_a_module_is_traced_to_the_distribution_that_brings_it(module: str, distribution: str) -> None:
    assert find_distribution(module) == distribution


@pytest.mark.parametrize(
    "module", ["", ".", "google", "azure", "utils", "helpers", "config", "no_such_module", "é", "json"]
)
def test_what_is_not_known_or_shared_by_many_is_not_guessed(module: str) -> None:
    assert find_distribution(module) is None


def test_what_is_installed_here_is_known_as_its_own_metadata_says() -> None:
    installed = importlib.metadata.packages_distributions()
    wrong = []
    for module, names in installed.items():
        found = find_distribution(module)
        if found is not None and canonicalize_name(found) not in {canonicalize_name(name) for name in names}:
            wrong.append((module, found, names))
    assert not wrong
    known = sum(find_distribution(module) is not None for module in installed if not module.startswith("_"))
    assert known > len(installed) / 2


@pytest.mark.parametrize(
    "module", ["json", "os.path", "tomllib", "telnetlib", "xml.etree.ElementTree", "__future__", "zoneinfo"]
)
def test_the_standard_library_is_that_of_every_sandbox(module: str) -> None:
    assert is_standard_library(module)


@pytest.mark.parametrize("module", ["distutils.core", "imp", "asyncore", "annotationlib", "requests", "", "tomli"])
def test_what_a_sandbox_may_lack_is_not_the_standard_library(module: str) -> None:
    assert not is_standard_library(module)


def test_each_line_of_the_names_is_read_and_no_module_has_two() -> None:
    lines = (resources.files("registry") / "import_names.txt").read_text("utf-8").splitlines()
    entries = [line.split(" ") for line in lines if line[0] not in "#*+"]
    assert len(entries) > 5_000
    assert all(part.isascii() and part for entry in entries for part in entry)
    assert len({canonicalize_name(entry[0]) for entry in entries}) == len(entries)
    brought = [module for entry in entries for module in (entry[1:] or [canonicalize_name(entry[0]).replace("-", "_")])]
    assert len(set(brought)) == len(brought)
    assert not set(brought) & set(sys.stdlib_module_names)
