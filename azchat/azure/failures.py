"""Every exception of azure.core and azure.identity, and the failure it means to the user."""

import re

from azure.core import exceptions as core

from azchat.errors import AuthError, AzchatError, NetworkError, ServiceError

_INSIDES = r"\[Errno -?\d+\] ?|HTTPS?Connection(?:Pool)?\([^)]*\): "
_ATTEMPT = re.compile(r"^\s+(\w+Credential): (.+?)(?:\. |$|\n)", re.MULTILINE)

# The first class that matches counts, so the special ones stand before the general.
_MEANINGS: tuple[tuple[type[core.AzureError], type[AzchatError], str], ...] = (
    (core.ClientAuthenticationError, AuthError, "sign-in failed"),
    (core.ServiceRequestTimeoutError, NetworkError, "the connection timed out"),
    (core.ServiceRequestError, NetworkError, "the request could not be sent"),
    (core.ServiceResponseTimeoutError, NetworkError, "the service did not answer in time"),
    (core.IncompleteReadError, NetworkError, "the reply was cut"),
    (core.ServiceResponseError, NetworkError, "no usable reply came"),
    (core.DecodeError, ServiceError, "the reply could not be decoded"),
    (core.TooManyRedirectsError, ServiceError, "the endpoint redirects without end"),
    (core.ResourceNotFoundError, ServiceError, "deployment or path not found"),
    (core.HttpResponseError, ServiceError, "the service refused the request"),
    (core.AzureError, ServiceError, "the Azure SDK failed"),
)

# What Entra's codes ask for; the first that fits. Sources: azure-cli#17013, #23105, #29113,
# azure-dev#1286, Agent365-devTools#323, Azure/login#180, and Microsoft's list of AADSTS codes.
_ENTRA = (
    (r"AADSTS(700082|50173|70043|50076|50078|50079)\b", "sign in with: {login}"),
    (
        r"AADSTS(53003|53000|50199|50005|530084)\b",
        "conditional access forbids this way: --auth browser on a managed device, or a key",
    ),
    (r"AADSTS(500011|90002|50020|700016)\b", "name the resource's tenant with --tenant"),
    (
        r"CERTIFICATE_VERIFY_FAILED",
        "a proxy here looks into TLS: REQUESTS_CA_BUNDLE names its certificate, for az too",
    ),
    (r"AADSTS700024\b", "the job's sign-in lives for minutes: sign in right before azchat"),
)


def entra_hint(said: str, login: str) -> str | None:
    """Return what mends a refusal of Entra's, None where its code is none of the known ones.

    ``login`` is the command that signs in; az may have printed one that names the tenant.
    """
    printed = re.search(r"az login --tenant \S+ --scope \S+", said)
    login = printed[0] if printed and "--tenant" not in login else login
    hint = next((hint for code, hint in _ENTRA if re.search(code, said)), None)
    return hint and hint.format(login=login)


def explain(error: core.AzureError) -> AzchatError:
    """Return the error in the user's terms: one line, without class names or tokens."""
    for foreign, own, what in _MEANINGS:
        if isinstance(error, foreign):
            if own is AuthError:
                return _sign_in_failed(error)
            said = first_sentence(error.message)
            return own(
                f"{what}: {said}" if said else what,
                "see what is sent with --debug",
                http_status=getattr(error, "status_code", None),
                retryable=own is NetworkError,
            )
    raise AssertionError(f"not an Azure error: {type(error).__name__}")


def _sign_in_failed(error: core.AzureError) -> AuthError:
    attempts = _ATTEMPT.findall(error.message)
    details = tuple(f"{plain_name(name)}: {first_sentence(why)}" for name, why in attempts)
    what = f"none of {len(details)} credentials could sign in"
    if not details:
        what = f"sign-in failed: {first_sentence(error.message)}"
    hint = "sign in with: az login  (or set AZURE_INFERENCE_CREDENTIAL)"
    return AuthError(what, hint, details=details[:6])


def plain_name(name: str) -> str:
    """Return ``AzureCliCredential`` as ``azure cli``."""
    words = re.findall(r"[A-Z][a-z]*|[A-Z]+(?![a-z])", name.removesuffix("Credential"))
    return " ".join(words).lower()


def first_sentence(message: str) -> str:
    """Return the first sentence, on one line, without what looks like a token or an object."""
    if "Traceback (most recent call last)" in message:
        message = message.strip().rpartition("\n")[2]
    line = " ".join(re.sub(_INSIDES, "", message).split())
    line = re.sub(r"eyJ[\w-]+(\.[\w-]+)*|<[^>]* object at 0x[^>]*>", "…", line)
    line = re.sub(r"\b[A-Z]\w+(Error|Exception|Credential)\b:? ?", "", line)
    first = re.split(r"(?<=[a-z])\. |Content: |To (?:troubleshoot|mitigate)", line)[0]
    return first.strip(" .:")[:200]
