"""The OpenAPI document passes third-party validators, and a generated client covers all of it."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from tests.api.conftest import Program
from tests.parts import NODE_MODULES

METHODS = {"get", "put", "post", "delete", "patch"}


@pytest.fixture
def document(guest: Program) -> dict[str, Any]:
    """The OpenAPI document."""
    found: dict[str, Any] = guest.get("/openapi.json")
    return found


@pytest.fixture
def file(document: dict[str, Any], tmp_path: Path) -> Path:
    """The document as a file."""
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(document))
    return path


def test_the_document_is_valid_openapi(document: dict[str, Any]) -> None:
    validate(document)


@pytest.mark.node
def test_spectral_finds_no_error(file: Path) -> None:
    rules = file.with_name("rules.yaml")
    rules.write_text('extends: ["spectral:oas"]\n')
    program = NODE_MODULES / "@stoplight" / "spectral-cli" / "dist" / "index.js"
    command = ["node", str(program), "lint", "--ruleset", str(rules), "--fail-severity", "error", "--format", "json"]
    told = file.with_name("told.json")  # through a pipe node would lose what its reader has not taken at the end
    command += ["--output", str(told), str(file)]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    found = json.loads(told.read_text())
    errors = [(each["code"], each["message"], each["path"]) for each in found if not each["severity"]]
    assert errors == []
    assert ended.returncode == 0, ended.stderr


def test_a_generated_client_has_every_url(document: dict[str, Any], file: Path) -> None:
    options = file.with_name("options.json")
    options.write_text(json.dumps({"post_hooks": []}))
    made = file.with_name("client")
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--path", str(file), "--config", str(options)]
    command += ["--output-path", str(made), "--meta", "none", "--fail-on-warning"]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    operations = {
        operation["operationId"]
        for methods in document["paths"].values()
        for method, operation in methods.items()
        if method in METHODS
    }
    assert {path.stem for path in (made / "api").glob("*/*.py")} - {"__init__"} == operations
    assert len(operations) >= 22


def test_no_default_contradicts_its_own_field(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    assert '"default": "False"' not in text
    for found in re.finditer(r'\{[^{}]*"default": null[^{}]*\}', text):
        assert '"null"' in found[0], found[0]
