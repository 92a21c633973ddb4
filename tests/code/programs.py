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
from pathlib import Path

import pytest

KEY = "sk-of-the-test"
_NODE = ("@azure-rest/ai-inference@1.0.0-beta.6", "@azure/core-auth@1", "@azure/core-sse@2")
_OPENAI = "openai>=2"
_OFFLINE = (
    *("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT", "ENETUNREACH", "E403", "E404"),
    *("NewConnectionError", "No matching distribution", "Max retries"),
)
ENDINGS = {"python": "py", "javascript": "mjs", "curl": "sh"}


def run(lang: str, sdk: str, program: str, folder: Path, endpoint: str) -> str:
    """Return what the program printed; it must succeed."""
    path = folder / f"program.{ENDINGS[lang]}"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "AZURE_INFERENCE_ENDPOINT": endpoint,
        "AZURE_INFERENCE_CREDENTIAL": KEY,
        "PYTHONUTF8": "1",
    }
    if lang == "python":
        command = [sys.executable, str(path)]
        if sdk == "openai":
            environment["PYTHONPATH"] = str(_python_packages())
    elif lang == "javascript":
        command = [_tool("node"), str(path)]
        (folder / "node_modules").symlink_to(_node_packages() / "node_modules")
    else:
        command = ["sh", str(path)]
        _tool("curl")
    path.write_text(program, encoding="utf-8")
    done = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, f"{program}\n{done.stderr.decode()}{done.stdout.decode()}"
    return done.stdout.decode()


def _tool(name: str) -> str:
    found = shutil.which(name)
    if not found:
        pytest.skip(f"NOT TESTED: there is no {name} on this machine")
    return found


def _node_packages() -> Path:
    npm = _tool("npm")
    command = [npm, "install", "--no-audit", "--no-fund", "--silent", *_NODE, "openai@6"]
    return _installed("node", command, "node_modules/openai/package.json")


def _python_packages() -> Path:
    target = _folder("python")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(target), _OPENAI]
    return _installed("python", command, "openai/__init__.py")


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
