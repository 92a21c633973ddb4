"""Runs what ``azchat code`` wrote: with this Python, this machine's node, and its curl.

Packages that azchat itself does not need are installed once into a temporary folder. Where that
cannot be done, because npm or the registry is not there, the test is skipped with the reason.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

KEY = "sk-of-the-test"
_NODE = (
    *("@azure-rest/ai-inference@1.0.0-beta.6", "@azure/core-auth@1", "@azure/core-sse@2"),
    *("@azure/identity@4", "openai@6", "@anthropic-ai/sdk", "@anthropic-ai/foundry-sdk"),
    *("prettier@3", "eslint@9", "@eslint/js@9", "globals"),
)
_PYTHON = ("openai>=2", "anthropic>=0.80", "aiohttp>=3.9")
_OFFLINE = (
    *("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT", "ENETUNREACH", "E403", "E404"),
    *("NewConnectionError", "No matching distribution", "Max retries"),
)
_ESLINT = """
import js from "@eslint/js";
import globals from "globals";
export default [js.configs.recommended, { languageOptions: { globals: globals.nodeBuiltin } }];
"""
ENDINGS = {"python": "py", "javascript": "mjs", "curl": "sh"}
FILTERED = 7


def run(
    lang: str,
    program: str,
    folder: Path,
    endpoint: str,
    *,
    env: Mapping[str, str] = MappingProxyType({}),
    code: int = 0,
) -> str:
    """Return what the program printed, on stderr where it must fail."""
    path = folder / f"program.{ENDINGS[lang]}"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "AZURE_INFERENCE_ENDPOINT": endpoint,
        "AZURE_INFERENCE_CREDENTIAL": KEY,
        "PYTHONUTF8": "1",
        **env,
    }
    if lang == "python":
        command = [sys.executable, str(path)]
        environment["PYTHONPATH"] = str(_python_packages())
    elif lang == "javascript":
        command = [_tool("node"), str(path)]
        if not (folder / "node_modules").exists():
            (folder / "node_modules").symlink_to(node_packages() / "node_modules")
    else:
        command = ["sh", str(path)]
        _tool("curl")
    path.write_text(program, encoding="utf-8")
    done = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False)
    said = f"{done.stderr.decode()}{done.stdout.decode()}"
    assert done.returncode == code, f"{program}\n{said}"
    return said if code else done.stdout.decode()


def faults_of_style(lang: str, programs: Iterable[str], folder: Path) -> str:
    """Return what the language's own formatter and linter find in programs; no config is read."""
    for number, program in enumerate(programs):
        path = folder / f"program{number}.{ENDINGS[lang]}"
        path.write_text(program, encoding="utf-8")
    if lang == "python":
        ruff = [sys.executable, "-m", "ruff"]
        rules = "E4,E7,E9,F,I,B,UP,SIM,RET,PIE,C4,W"
        check = [*ruff, "check", "--isolated", "-q", "--no-cache", "--select", rules, "."]
        commands = [[*ruff, "format", "--isolated", "--no-cache", "--diff", "."], check]
    else:
        modules = node_packages() / "node_modules"
        (folder / "node_modules").symlink_to(modules)
        (folder / "eslint.config.mjs").write_text(_ESLINT.lstrip())
        tools = modules / ".bin"
        commands = [
            [str(tools / "prettier"), "--check", "program*.mjs"],
            [str(tools / "eslint"), "."],
        ]
    found = ""
    for command in commands:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        found += f"{done.stdout}{done.stderr}" if done.returncode else ""
    return found


def _tool(name: str) -> str:
    found = shutil.which(name)
    if not found:
        pytest.skip(f"NOT TESTED: there is no {name} on this machine")
    return found


def node_packages() -> Path:
    """Return the folder with the packages for Node, its linters too; skip where there are none."""
    npm = _tool("npm")
    command = [npm, "install", "--no-audit", "--no-fund", "--silent", *_NODE]
    return _installed("sdks-node", command, "node_modules/@anthropic-ai/foundry-sdk/package.json")


def _python_packages() -> Path:
    target = _folder("sdks-python")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(target), *_PYTHON]
    return _installed("sdks-python", command, "anthropic/__init__.py")


def _folder(name: str) -> Path:
    return Path(tempfile.gettempdir()) / f"azchat-test-packages-{os.getuid()}" / name


def _installed(name: str, command: list[str], proof: str) -> Path:
    folder = _folder(name)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run in several processes
        if (folder / proof).exists():
            return folder
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if not (folder / proof).exists():
        said = (done.stderr + done.stdout)[-1000:]
        if any(word in said for word in (*_OFFLINE, "No module named pip")):
            pytest.skip(f"NOT TESTED: {command[0]} installed nothing: {said}")
        raise AssertionError(f"{' '.join(command)}\n{said}")
    return folder
