"""Of which tenant a token must be, and what else a refused one asks for."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests.faults.entra import AI, COGNITIVE, People, claims, token
from tests.faults.scripted import Scripted, reply
from tests.sign_in.conftest import Keyless

FINE = reply((Path(__file__).parent / "fine.sse").read_bytes())
OWN, SECOND, THIRD = (f"{n}0000000-0000-4000-8000-000000000000" for n in (1, 2, 3))
TURNED = "the endpoint is of another tenant; asked again with one of"


def refusal(message: str, status: str = "400 Bad Request", code: str = "x", **head: str) -> bytes:
    body = json.dumps({"error": {"code": code, "message": message}}).encode()
    return reply(body, status, content_type="application/json", **head)


WRONG = refusal("Token tenant does not match resource tenant.")


@pytest.fixture
def tenants(home: Path, people: People) -> People:
    """Who is signed in to three tenants: az gives each tenant's own token."""
    folder = home / ".azure"
    folder.mkdir(mode=0o700)
    rows = [{"id": f"s{one}", "tenantId": one} for one in (OWN, SECOND, THIRD)]
    (folder / "azureProfile.json").write_text(json.dumps({"subscriptions": rows}))
    people.write_az()
    script = home / "bin" / "az"
    cases = "".join(
        f'*"--tenant {one}"*) token={token(AI, "az", tid=one)} ;;\n' for one in (OWN, SECOND, THIRD)
    )
    cases += f"*) token={token(AI, 'az', tid=OWN)} ;;\n"
    text = script.read_text().partition("case")[0]
    told = '{\\"accessToken\\": \\"$token\\", \\"expires_on\\": 9999999999}'
    script.write_text(f'{text}case "$*" in\n{cases}esac\necho "{told}"\n')
    return people


# With a blank more than Entra writes: what begins as a token does would be taken for one.
CLAIMS = base64.b64encode(b'{ "access_token": 1 }').decode()
CHALLENGE = refusal(
    *("revoked", "401 Unauthorized"),
    www_authenticate=f'Bearer error="insufficient_claims", claims="{CLAIMS}"',
)


def tenants_of(server: Scripted) -> list[Any]:
    return [claims(one.header("authorization"))["tid"] for one in server.requests]


def ask(keyless: Keyless, server: Scripted, *args: str, **more: Any) -> Any:
    url = server.url.removesuffix("/v1") + "/openai/v1"
    return keyless(url, "--auth", "az", *args, **more)


def profile(home: Path) -> list[Path]:
    return [home / ".azure", home / ".azure" / "azureProfile.json"]


@pytest.mark.parametrize(
    "wrong",
    [
        WRONG,
        refusal("no", code="Tenant provided in token does not match resource token"),
        refusal("wrong issuer", "401 Unauthorized", code="InvalidAuthenticationTokenTenant"),
    ],
)
def test_each_tenant_is_tried_in_turn(
    home: Path, keyless: Keyless, tenants: People, wrong: bytes
) -> None:
    with Scripted(wrong, wrong, FINE, FINE) as server:
        said = ask(keyless, server, made=profile(home)).err
        assert tenants_of(server) == [OWN, SECOND, THIRD]
        assert f"{TURNED} {THIRD}" in said
        assert ask(keyless, server, made=profile(home)).err == ""  # what worked is kept
        assert tenants_of(server)[-1] == THIRD


def test_the_tenant_that_is_named_goes_first(home: Path, keyless: Keyless, tenants: People) -> None:
    text = f"The access token is from the wrong issuer {OWN}. It must match the tenant {THIRD}"
    with Scripted(refusal(text, "401 Unauthorized"), FINE) as server:
        ask(keyless, server, made=profile(home))
        assert tenants_of(server) == [OWN, THIRD]


def test_one_that_gives_no_token_is_passed_over(
    home: Path, keyless: Keyless, tenants: People
) -> None:
    script = home / "bin" / "az"
    refuse = f'case "$*" in *{SECOND}*) echo "ERROR: AADSTS50020: no guest" >&2; exit 1;; esac\n'
    script.write_text(script.read_text().replace("case", f"{refuse}case", 1))
    with Scripted(WRONG, FINE) as server:
        ask(keyless, server, made=profile(home))
        assert tenants_of(server) == [OWN, THIRD]


def test_when_all_were_tried_the_refusal_is_told(
    home: Path, keyless: Keyless, tenants: People
) -> None:
    with Scripted(WRONG) as server:
        said = ask(keyless, server, code=4, made=profile(home)).err
        assert tenants_of(server) == [OWN, SECOND, THIRD]
    assert "does not match resource tenant" in said
    assert "az login --tenant" in said


def test_the_tenant_that_nobody_signed_in_to_is_in_the_command(
    home: Path, keyless: Keyless, tenants: People
) -> None:
    wanted = "90000000-0000-4000-8000-00000000000a"
    text = f"wrong issuer 'https://sts/{OWN}/'. It must match the tenant 'https://sts/{wanted}/'"
    with Scripted(refusal(text, "401 Unauthorized")) as server:
        said = ask(keyless, server, code=4, made=profile(home)).err
    assert f"az login --tenant {wanted}, and ask with --tenant {wanted}" in said


def test_az_is_told_the_command_that_answers_a_challenge(
    home: Path, keyless: Keyless, tenants: People
) -> None:
    with Scripted(CHALLENGE) as server:
        said = ask(keyless, server, code=4, made=profile(home)).err
    command = f"az login --tenant {OWN} --scope {AI}/.default --claims-challenge {CLAIMS}"
    assert command in said


def test_azd_is_asked_again_with_the_claims(keyless: Keyless, people: People) -> None:
    people.write_azd()
    with Scripted(CHALLENGE, FINE) as server:
        ask(keyless, server, "--auth", "azd")
    assert [f"--claims {CLAIMS}" in call for call in people.calls("azd")] == [False, True]


@pytest.mark.parametrize(
    "said",
    [
        "ERROR: AADSTS500011: The resource principal named https://ai.azure.com was not found in",
        "ERROR: {'error': {'code': 'AudienceNotSupported', 'message': 'Not supported'}}",
    ],
)
def test_an_audience_that_nobody_knows_is_changed_for_the_other(
    home: Path, keyless: Keyless, people: People, said: str
) -> None:
    people.write_az()
    script = home / "bin" / "az"
    (home / "said").write_text(said)
    refuse = f'case "$*" in *{AI}*) cat "$HOME/said" >&2; exit 1;; esac\n'
    script.write_text(script.read_text().replace("case", f"{refuse}case", 1))
    with Scripted(FINE, FINE) as server:
        for _ in range(2):
            ask(keyless, server)
            assert claims(server.requests[-1].header("authorization"))["aud"] == COGNITIVE
    assert [AI in call for call in people.calls("az")] == [True, False]
