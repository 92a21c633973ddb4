"""What is compared: how each program is installed, and how it is pointed at a server."""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from tests.bench.measure import ROOT, Call

Peer = Literal["floor", "sample", "llm", "shell-gpt", "azchat"]
Way = Literal["plain", "once", "live", "aider"]
Name = Peer | Way
NAMES: tuple[Name, ...] = get_args(Peer)
"""The columns of the first table: what prints into a pipe."""
WAYS: tuple[Way, ...] = get_args(Way)
TERMINAL_NAMES: tuple[Name, ...] = (*WAYS, "shell-gpt", "azchat")
"""The columns of the second table: what shows Markdown on a terminal."""

_SDK = ("azure-ai-inference==1.0.0b9", "certifi")
_PEERS: dict[Name, tuple[str, ...]] = {
    "llm": ("llm==0.36",),
    "shell-gpt": ("shell-gpt==1.5.1", "click"),  # it imports click, which its Typer lacks
}


class MissingError(Exception):
    """A program could not be installed. The message is one line."""


@dataclass(frozen=True, slots=True)
class Tool:
    """One column.

    ``start`` answers a flag such as ``--version``; ``ask`` takes a base URL and prints what the
    server says; ``show`` is the same on a terminal.
    """

    name: Name
    start: Callable[[str], Call] | None
    ask: Callable[[str], Call]
    show: Callable[[str], Call]


class Workshop:
    """Makes the environments under ``cache``, and the calls of the programs in them.

    ``home`` is an empty folder: no program finds anything of the user's.
    """

    def __init__(self, cache: Path, home: Path, say: Callable[[str], None]) -> None:
        self._cache = cache
        self._home = home
        self._say = say
        self._sdk = self._folder("azchat")
        self._authorities: Path | None = None

    def trust(self, certificate: Path) -> None:
        """Have all programs trust ``certificate``, next to the authorities that are usual.

        The usual ones are there because reading them is a part of what TLS costs.
        """
        self._authorities = self._home / "authorities.pem"
        usual = next(self._sdk.glob("lib/*/site-packages/certifi/cacert.pem"), None)
        self._authorities.write_bytes(
            certificate.read_bytes() + (usual.read_bytes() if usual else b"")
        )

    def prepare(self, name: Name, *, install: bool) -> Tool:
        """Install a program where that is needed. Raises ``MissingError`` where it fails."""
        if name in _PEERS:
            folder = self._folder(name)
            self._install(folder, _PEERS[name], install=install)
            return self._llm(folder) if name == "llm" else self._shell_gpt(folder)
        self._install(self._sdk, _SDK, install=True)
        if name == "azchat":
            self._install_checkout()
            return self._azchat()
        if name in WAYS:
            return self._way(name)
        return self._floor() if name == "floor" else self._sample()

    def versions(self) -> str:
        """Name what was installed, for the heading."""
        wanted = {
            self._sdk: ("azchat", "azure_ai_inference", "azure_core", "typer", "rich"),
            self._folder("llm"): ("llm",),
            self._folder("shell-gpt"): ("shell_gpt",),
        }
        found = (
            path.name.removesuffix(".dist-info").replace("-", " ").replace("_", "-")
            for folder, packages in wanted.items()
            for package in packages
            for path in folder.glob(f"lib/*/site-packages/{package}-*.dist-info")
        )
        return ", ".join(found)

    def _folder(self, name: str) -> Path:
        return self._cache / f"{name}-{sys.implementation.cache_tag}"

    def _floor(self) -> Tool:
        python = _script(self._sdk, "python")
        script = str(Path(__file__).with_name("floor.py"))

        def ask(url: str) -> Call:
            return self._call((python, script, url))

        return Tool("floor", lambda _flag: self._call((python, "-c", "0")), ask, ask)

    def _way(self, name: Name) -> Tool:
        """Return a way to show Markdown, by the same Python and Rich as azchat's."""
        python = _script(self._sdk, "python")
        script = str(Path(__file__).with_name("terminal_ways.py"))

        def show(url: str) -> Call:
            return self._call((python, "-P", script, name, url))

        return Tool(name, None, show, show)

    def _sample(self) -> Tool:
        python = _script(self._sdk, "python")
        script = str(Path(__file__).with_name("sample.py"))

        def ask(url: str) -> Call:
            return self._call((python, script), **_azure(url))

        return Tool("sample", None, ask, ask)

    def _azchat(self) -> Tool:
        program = _script(self._sdk, "azchat")

        def ask(url: str) -> Call:
            return self._call((program, "ask", "hi"), AZURE_INFERENCE_MODEL="m", **_azure(url))

        return Tool("azchat", lambda flag: self._call((program, flag)), ask, ask)

    def _llm(self, folder: Path) -> Tool:
        program = _script(folder, "llm")

        def ask(url: str) -> Call:
            # The URL of an own server can stand only in a file of the user's.
            models = self._home / "llm" / hashlib.sha256(url.encode()).hexdigest()[:12]
            models.mkdir(parents=True, exist_ok=True)
            (models / "extra-openai-models.yaml").write_text(
                f"- model_id: m\n  model_name: m\n  api_base: {url}\n"
            )
            return self._call((program, "-m", "m", "-n", "hi"), LLM_USER_PATH=str(models))

        return Tool("llm", lambda flag: self._call((program, flag)), ask, ask)

    def _shell_gpt(self, folder: Path) -> Tool:
        program = _script(folder, "sgpt")
        key = {"OPENAI_API_KEY": "k"}  # without one it asks, even for --version

        def ask(url: str, form: str) -> Call:
            return self._call((program, form, "--no-cache", "hi"), API_BASE_URL=url, **key)

        return Tool(
            "shell-gpt",
            lambda flag: self._call((program, flag), **key),
            lambda url: ask(url, "--no-md"),
            lambda url: ask(url, "--md"),
        )

    def _call(self, argv: tuple[str, ...], **variables: str) -> Call:
        env = {"PATH": os.defpath, "HOME": str(self._home), "LANG": "C.UTF-8", **variables}
        if self._authorities:
            env |= dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"), str(self._authorities))
        return Call(argv, env)

    def _install_checkout(self) -> None:
        """Install azchat as a user would, again whenever its source changed."""
        source = _fingerprint()
        stamp = self._sdk / "azchat.stamp"
        if not stamp.is_file() or stamp.read_text() != source:
            self._say("installing azchat from this checkout")
            stamp.unlink(missing_ok=True)
            _pip(self._sdk, str(ROOT))
            stamp.write_text(source)

    def _install(self, folder: Path, packages: tuple[str, ...], *, install: bool) -> None:
        stamp = folder / "packages.stamp"
        wanted = " ".join(packages)
        if stamp.is_file() and stamp.read_text() == wanted:
            return
        if not install:
            raise MissingError("not installed, and --quick installs no peers")
        self._say(f"installing {wanted}")
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True, symlinks=True)
        # The pip that comes with Python 3.11 writes console scripts that import re, 4 ms more.
        _pip(folder, "--upgrade", "pip")
        _pip(folder, *packages)
        stamp.write_text(wanted)


def _azure(url: str) -> dict[str, str]:
    return {"AZURE_INFERENCE_ENDPOINT": url, "AZURE_INFERENCE_CREDENTIAL": "k"}


def _script(folder: Path, name: str) -> str:
    return str(folder / "bin" / name)


def _pip(folder: Path, *packages: str) -> None:
    command = [_script(folder, "python"), "-m", "pip", "install", "-q"]
    done = subprocess.run(
        [*command, "--disable-pip-version-check", *packages], capture_output=True, text=True
    )
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        told = [line for line in lines if "Error" in line or "ERROR" in line] or lines
        raise MissingError(f"pip: {told[-1][:200] if told else 'no message'}")


def _fingerprint() -> str:
    digest = hashlib.sha256((ROOT / "pyproject.toml").read_bytes())
    for path in sorted((ROOT / "azchat").rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()
