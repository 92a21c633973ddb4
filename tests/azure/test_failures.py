import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import azure.core.exceptions
import azure.identity
import pytest
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ServiceRequestError,
    ServiceRequestTimeoutError,
)

from azchat.azure.failures import explain
from azchat.errors import AuthError, AzchatError, NetworkError

# Raised by the SDK's models only, which azchat never builds: its bodies are bytes.
NEVER_RAISED = {"SerializationError", "DeserializationError"}
TOKEN = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJodHRwcyJ9.c2lnbmF0dXJl"
MESSAGE = (
    f"ClientSecretCredential.get_token failed: AADSTS700016 with {TOKEN}\r\n"
    "<urllib3.connection.HTTPSConnection object at 0x7f1c2a>: NewConnectionError"
)
CHAIN = (
    "DefaultAzureCredential failed to retrieve a token from the included credentials.\n"
    "Attempted credentials:\n"
    "\tEnvironmentCredential: EnvironmentCredential authentication unavailable. Variables are "
    "not fully configured.\nVisit https://aka.ms/x to troubleshoot this issue.\n"
    "\tAzureCliCredential: Azure CLI not found on path\n"
    "\tAzureDeveloperCliCredential: Azure Developer CLI could not be found. Please visit "
    "https://aka.ms/azure-dev for installation instructions.\n"
    "To mitigate this issue, please refer to the troubleshooting guidelines."
)


class Reply:
    """As much of a response as the SDK's exceptions look at."""

    status_code = 418
    reason = "I'm a teapot"
    headers: dict[str, str] = {}  # noqa: RUF012
    content_type = "application/json"
    request = "<HttpRequest [POST], url: 'https://r.openai.azure.com/'>"

    def text(self) -> str:
        return MESSAGE


def modules(package: ModuleType) -> Iterator[ModuleType]:
    """The module and, of a package, those inside that can be imported here."""
    yield package
    for info in pkgutil.walk_packages(getattr(package, "__path__", ()), f"{package.__name__}."):
        if not info.ispkg and "aio" not in info.name:
            try:
                yield importlib.import_module(info.name)
            except ImportError:
                continue


def exception_classes() -> dict[str, type[BaseException]]:
    found = {
        member.__name__: member
        for package in (azure.core.exceptions, azure.identity)
        for module in modules(package)
        for member in vars(module).values()
        if inspect.isclass(member) and issubclass(member, BaseException)
    }
    own = ("azure.core", "azure.identity")
    return {name: cls for name, cls in sorted(found.items()) if cls.__module__.startswith(own)}


CLASSES = exception_classes()
MAPPED = [name for name in CLASSES if name not in NEVER_RAISED]


def raised(name: str, message: object = MESSAGE) -> AzureError:
    """Make an exception of the class as the SDK does, whatever it wants to know."""
    cls: Any = CLASSES[name]
    arguments = {"response": Reply(), "history": [], "scopes": ["https://x/.default"]}
    wanted = inspect.signature(cls).parameters
    required = {
        word: arguments.get(word, message)
        for word, parameter in wanted.items()
        if parameter.default is parameter.empty
        and parameter.kind is parameter.POSITIONAL_OR_KEYWORD
    }
    if "message" in wanted:
        required["message"] = message
    error: AzureError = cls(**required)
    return error


def told(error: AzchatError) -> str:
    return "\n".join([error.what, *error.details])


def test_the_walk_finds_the_exceptions_of_both_packages() -> None:
    known = {"AzureError", "IncompleteReadError", "ODataV4Error", "CredentialUnavailableError"}
    assert CLASSES.keys() > known | {"AuthenticationRequiredError"} | NEVER_RAISED


@pytest.mark.parametrize("name", MAPPED)
def test_every_exception_of_the_sdk_is_explained(name: str) -> None:
    error = explain(raised(name))
    assert type(error) in AzchatError.__subclasses__()
    assert error.what
    assert error.hint


@pytest.mark.parametrize("name", MAPPED)
def test_an_explanation_is_one_line_without_class_names_tokens_and_objects(name: str) -> None:
    error = explain(raised(name))
    assert len(error.what.splitlines()) == 1
    assert not re.search(r"[a-z](Error|Exception|Credential)\b|0x|eyJ", told(error))
    assert len(error.what) < 300


@pytest.mark.parametrize("name", MAPPED)
@pytest.mark.parametrize("message", ["", "  \n", "plain", "ä" * 5000, ValueError("inner"), None])
def test_whatever_it_says_an_exception_can_be_explained(name: str, message: object) -> None:
    assert len(explain(raised(name, message)).what.splitlines()) == 1


@pytest.mark.parametrize("name", ["ClientAuthenticationError", "CredentialUnavailableError"])
def test_a_failed_sign_in_is_the_users_to_mend(name: str) -> None:
    assert isinstance(explain(raised(name)), AuthError)
    assert "az login" in explain(raised(name)).hint


@pytest.mark.parametrize("cls", [ServiceRequestError, ServiceRequestTimeoutError])
def test_what_happened_on_the_way_is_the_networks(cls: type[AzureError]) -> None:
    error = explain(cls("connection aborted"))
    assert isinstance(error, NetworkError)
    assert error.retryable


def test_a_chain_of_credentials_is_told_one_line_each() -> None:
    error = explain(ClientAuthenticationError(CHAIN))
    assert error.what == "none of 3 credentials could sign in"
    assert error.details == (
        "environment: authentication unavailable",
        "azure cli: Azure CLI not found on path",
        "azure developer cli: Azure Developer CLI could not be found",
    )


def test_one_credential_that_failed_is_told_in_one_sentence() -> None:
    error = explain(ClientAuthenticationError("Please run 'az login' to set up an account"))
    assert error.what == "sign-in failed: Please run 'az login' to set up an account"


def test_a_tenant_that_is_wrong_is_named() -> None:
    message = "AADSTS90002: Tenant 'contoso' not found. Check to make sure. Trace ID: 1"
    assert (
        "AADSTS90002: Tenant 'contoso' not found"
        in explain(ClientAuthenticationError(message)).what
    )


def test_the_status_of_a_refusal_is_kept() -> None:
    error = HttpResponseError("no")
    error.status_code = 409
    assert explain(error).http_status == 409
