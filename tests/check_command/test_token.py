"""A check that signs in with Entra: one token for all probes, and what it says of it."""

import base64
import json
import time
from pathlib import Path

from azchat.demo.server import DemoServer
from tests.front_door import azchat
from tests.oracles import check

TENANT = "11111111-2222-3333-4444-555555555555"


def install_az(folder: Path, expires: float) -> tuple[str, Path]:
    """Put an ``az`` that hands out a token into ``folder``; return the token and its log."""
    claims = {"tid": TENANT, "aud": "https://ai.azure.com", "exp": int(expires)}
    parts = ({"alg": "none"}, claims, {"sig": 1})
    coded = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in parts)
    token = ".".join(one.rstrip("=") for one in coded)
    date = time.strftime("%Y-%m-%d %H:%M:%S.000000", time.localtime(expires))
    answer = {"accessToken": token, "expiresOn": date, "expires_on": int(expires)}
    log = folder / "az.log"
    az = folder / "az"
    az.write_text(f"#!/bin/sh\necho run >>{log}\ncat <<'E'\n{json.dumps(answer)}\nE\n")
    az.chmod(0o755)
    return token, log


def test_one_token_serves_all_probes_and_is_described(home: Path, tmp_path: Path) -> None:
    token, log = install_az(tmp_path, time.time() + 3600)
    with DemoServer(key=token) as server:
        env = {
            "AZURE_INFERENCE_ENDPOINT": f"{server.url}/openai/v1",
            "PATH": f"{tmp_path}:/usr/bin:/bin",
        }
        args = ("info", "--check", "--auth", "az", "-m", "gpt-5-mini")
        result = azchat(*args, home=home, env=env, timeout=30)
    check(result, code=0, limit_seconds=30)
    (line,) = [line for line in result.out.splitlines() if "sign-in" in line]
    assert f"--auth az, tenant {TENANT}, expires in " in line
    assert "scope https://ai.azure.com" in line
    assert token not in result.out
    assert log.read_text() == "run\n"
