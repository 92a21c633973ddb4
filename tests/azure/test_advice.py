import pytest

from azchat.azure.advice import name_role
from azchat.azure.endpoint import parse_endpoint
from azchat.azure.failures import entra_hint
from azchat.azure.token_cache import Token
from azchat.errors import AuthError
from tests.faults.entra import token

WHO = "0a1b2c3d-0000-4000-8000-00000000abcd"
HERE = parse_endpoint("https://my-res.openai.azure.com/openai/v1")


def role_hint(claims: dict[str, object], said: str = "No.", url: str = HERE.base) -> str:
    error = AuthError(said, "as before")
    name_role(error, parse_endpoint(url), claims)
    return error.hint


def test_a_missing_role_is_told_as_a_command_for_this_person_and_resource() -> None:
    hint = role_hint({"oid": WHO})
    assert f"--assignee-object-id {WHO} --assignee-principal-type User" in hint
    assert "--role a97b65f3-24c7-4388-baec-2e87135dc908" in hint
    assert "customSubDomainName=='my-res'" in hint


def test_a_program_that_signed_in_is_a_service_principal() -> None:
    assert "ServicePrincipal" in role_hint({"oid": WHO, "idtyp": "app"})


def test_without_a_readable_token_the_refusal_itself_names_who() -> None:
    assert WHO in role_hint({}, f"The principal `{WHO}` lacks the required data action")


@pytest.mark.parametrize("claims", [{}, {"oid": "x; rm -rf ~"}, {"oid": 7}])
def test_nobody_in_particular_gets_no_command(claims: dict[str, object]) -> None:
    assert role_hint(claims) == "as before"


def test_a_host_that_is_no_resource_is_not_looked_up_as_one() -> None:
    assert "--scope RESOURCE_ID" in role_hint({"oid": WHO}, url="http://127.0.0.1:9/openai/v1")


def test_a_token_says_who_it_is() -> None:
    assert Token(token("a", "az"), 0).claims["aud"] == "a"
    assert [Token(text, 0).claims for text in ("", "x", "a.b.c", "a.WzFd.c", "a.!.c")] == [{}] * 5


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("AADSTS700082: expired", "sign in with: az login --scope S"),
        ("AADSTS50076: MFA", "sign in with: az login --scope S"),
        (
            "AADSTS50078: MFA\naz login --tenant T --scope R now",
            "sign in with: az login --tenant T --scope R",
        ),
        ("AADSTS53003: blocked", "--auth browser"),
        ("AADSTS500011: no principal", "--tenant"),
        ("AADSTS700024: not within its time", "right before"),
    ],
)
def test_each_code_of_entra_has_its_own_next_step(said: str, hint: str) -> None:
    assert hint in (entra_hint(said, "az login --scope S") or "")


@pytest.mark.parametrize("said", ["", "az login", "AADSTS5000111: x", "AADSTS1: x"])
def test_an_unknown_code_has_none(said: str) -> None:
    assert entra_hint(said, "az login") is None


def test_the_tenant_that_was_asked_for_stays() -> None:
    said = "AADSTS50078\naz login --tenant OTHER --scope R"
    assert "--tenant MINE" in (entra_hint(said, "az login --tenant MINE --scope S") or "")
