"""Why a service refused, by what it said: one row a cause, with the one thing that mends it.

The first row that fits counts. The texts are those that services are known to send; a row names
where they were seen. A new text is a new alternative in a row, a new cause a new row.
"""

import re
from functools import partial
from typing import Literal, NamedTuple

from azchat.errors import AuthError, AzchatError, ServiceError
from azchat.wire.faults import Fault

_LONG_WAIT = 60.0  # seconds: what is longer is a quota, and no wait


class Cause(NamedTuple):
    """What a refusal means.

    ``said`` is looked for in the codes, types and words; ``statuses``: only with these, where
    the status is known. ``wait``: only where the service names no wait, or a long one.
    ``what`` and ``hint`` may have ``{host}``, ``{model}`` and ``{of_model}`` in them; without
    ``what`` the status has its words. ``again``: whether asking again may help, as far as the
    status goes.
    """

    name: str
    said: str
    hint: str
    what: str = ""
    statuses: tuple[int, ...] = ()
    error: type[AzchatError] | None = None
    again: bool = True
    wait: Literal["", "none", "long"] = ""

    def fits(self, fault: Fault, status: int | None, wait: float | None) -> bool:
        """Whether a refusal has this cause."""
        if self.statuses and status is not None and status not in self.statuses:
            return False
        if (self.wait == "none" and wait is not None) or (
            self.wait == "long" and (wait or 0.0) <= _LONG_WAIT
        ):
            return False
        return bool(re.search(self.said, f"{fault.signs} {fault.message}", re.IGNORECASE))


def find_cause(fault: Fault, status: int | None, wait: float | None) -> Cause | None:
    """Return a refusal's cause, None if none is known; ``status`` None: a 200 that names none."""
    return next((cause for cause in CAUSES if cause.fits(fault, status, wait)), None)


_sign_in = partial(Cause, statuses=(400, 401, 403), error=AuthError)
_used_up = partial(Cause, error=ServiceError, again=False)
_UNKNOWN_NAME = (400, 403, 404, 410, 422)
_VPN = "this machine's network: connect the VPN, or the network that {host} lets in"
_ACCOUNT = "see the account: its credit, its billing, its quota; asking again will not help"

CAUSES = (
    # Who asks. Azure: browser-use#1295, azure-sdk-for-python#44842, TabularEditor3#1557,
    # azure-sql-db-chatbot#3, promptfoo#10298, azure-mcp#717.
    _sign_in(
        "keys off",
        r"AuthenticationTypeDisabled|key.?based auth\w* is disabled|disableLocalAuth|"
        r"local auth\w* (is|has been) disabled|api[ -]?key auth\w* (is )?(disabled|not allowed)",
        "{host} takes no keys: sign in with az login, and ask with --auth entra",
    ),
    _sign_in(
        "role",
        r"PermissionDenied|lacks the required data action|does not have access to API/Operation|"
        r"AuthorizationFailed|does not have authorization to perform action",
        "give the account the role Cognitive Services User on the resource; it takes some minutes",
    ),
    _sign_in(
        "network",
        r"Public (network )?access is disabled|(configure|approved) private endpoint",
        _VPN + "; its name must lead to the private endpoint's address, see: nslookup {host}",
    ),
    _sign_in(
        "network",
        r"Virtual Network/Firewall|firewall rule|\bip\b.{0,40}not (allowed|authori[sz]ed|"
        r"permitted|in .{0,12}(allow|white)\w*)|traffic is not from an approved",
        _VPN + ", or have this machine's public address let in by the firewall",
    ),
    _sign_in(
        "regional host",
        r"virtual network is configured for this resource|provide a custom subdomain",
        "use the resource's own host: https://RESOURCE.openai.azure.com/openai/v1",
    ),
    _sign_in(
        "tenant",
        r"tenant .{0,80}does not match|InvalidAuthenticationTokenTenant|wrong issuer|"
        r"must match the tenant|AADSTS(90002|50020|700016|500011)",
        "sign in to the resource's tenant: az login --tenant TENANT, and ask with --tenant TENANT",
    ),
    _sign_in(  # API Management: continue#4601, codex#3048
        "gateway key",
        r"missing (application credentials or )?subscription key",
        "the gateway wants its key in a header of its own: --header NAME=VALUE; its owner knows it",
    ),
    _sign_in(  # the token's text for a key that went as one: llama_index#12484, openclaude#200
        "key",
        r"No auth credentials found|(invalid|incorrect|wrong|expired)[ _]?(x-)?api[ _-]?key|"
        r"api[ _-]?key[ _](is |was )?(not valid|invalid|expired|not found)|authentication_?error|"
        r"invalid subscription key|(invalid|expired) (access|bearer|authentication) token|"
        r"invalid_token|(invalid|expired) credential|UNAUTHENTICATED",
        "",
    ),
    # What is paid for, or used up. OpenAI, DeepSeek, MiniMax (1008), OpenRouter (402), LiteLLM,
    # Zhipu (1113): tracker#547, hermes-agent#16680, continue#11387.
    _used_up(  # OpenRouter
        "account",
        r"can only afford",
        "ask for less with a smaller --max-tokens, or add credit to the account",
    ),
    _used_up(
        "account",
        r"insufficient[ _]?(quota|balance|credit|fund)|billing_|payment[ _]required|"
        r"(credit|account) balance|out of credits?|(no|more|enough) credits?\b|余额不足|欠费|"
        r"budget[ _]?(has been |is )?exceeded|account.{0,30}(overdue|suspended|deactivated)|arrear",
        _ACCOUNT,
    ),
    _used_up(  # Google says it of a minute's quota too, and then names the seconds
        "account", r"current quota|plan and billing|spending (limit|cap)", _ACCOUNT, wait="none"
    ),
    _used_up(  # API Management's llm-token-limit and quota policies: 403, and nothing is forbidden
        "quota",
        r"quota is exceeded|out of call volume quota|quota will be|quota (exceeded|violation)",
        "the gateway's quota is used up: ask when it is renewed, or have it raised by its owner",
        "the quota is used up",
        statuses=(403,),
    ),
    Cause(  # OpenRouter's free-models-per-day, Groq's TPD
        "quota",
        r"(per|a)[- _]day\b|\bdaily\b|\b[RT]PD\b",
        "the day's quota is used up: ask tomorrow, another model with -m, or have it raised",
        statuses=(429,),
        again=False,
        wait="none",
    ),
    Cause(  # TinyLLM#17, climb#1: a capacity of 0 or 1, or the free tier
        "quota",
        r"pricing tier|rate limit of your current",
        "a quota, and no wait: see the capacity with azchat models, raise it in the portal",
        statuses=(429,),
        wait="long",
    ),
    Cause(
        "quota",
        "",
        "a quota, and no wait: ask when it is renewed, another model with -m, or have it raised",
        statuses=(429,),
        wait="long",
    ),
    Cause(  # pollinations#6260
        "load",
        r"during peak load",
        "the capacity is shared: ask again later, or with a shorter prompt",
        statuses=(429,),
    ),
    # What is asked. llama.cpp, OpenAI, vLLM, Anthropic, Google, Mistral.
    Cause(
        "context",
        r"context_length_exceeded|exceed_context_size|(context|sequence)[ _-](length|size|window)|"
        r"(prompt|input|request)( is|'s|_is)?[ _]too[ _](long|large)|maximum context|"
        r"(input|prompt) (token|length).{0,40}exceed|reduce the length|string_above_max_length|"
        r"too many tokens: size limit|\binputs\b\W+(tokens|must have less)",  # Cohere, TGI
        "send less: fewer or shorter files, a new conversation, a smaller --max-tokens; "
        "or ask a model with more room: -m NAME",
        "it is more than the model has room for",
        statuses=(400, 413, 422, 500),
    ),
    Cause(  # the v1 routes; FastAPI; Ollama
        "no model",
        r"(must|need to) (provide|specify) (a|the) model|model (parameter |name )?(is|was) "
        r"(required|missing|not (specified|provided))|no model (was )?(specified|provided|given)|"
        r"missing .{0,30}(parameter|field|property):? .?model\b|\bmodel: field required",
        "name one with -m NAME; they are listed by: azchat models",
        "no model is named",
        statuses=(400, 404, 422),
    ),
    Cause(  # gh azure-openai-ha#119; OpenAI; Ollama; vLLM; Mistral
        "model",
        r"DeploymentNotFound|deployment .{0,60}(does not|doesn't) exist|unknown_model|"
        r"model_not_found|ModelNotFound|invalid_model|no such model|"
        r"\bmodel .{0,60}((does not|doesn't|not) exist|not (be )?found)|unknown model|"
        r"(not a valid|invalid) model( id| name|\b)|model not (exist|found)|no endpoints found for|"
        r"unable to access model",
        "check the model's name (-m); they are listed by: azchat models",
        "deployment or path not found at {host}{of_model}",
        statuses=_UNKNOWN_NAME,
        error=ServiceError,
    ),
    Cause(  # aks-store-demo#203, Groq's model_decommissioned
        "retired",
        r"ServiceModelDeprecated|model_decommissioned|"
        r"model .{0,90}(been|is|was) (deprecated|retired|decommissioned|discontinued|shut down)",
        "ask another model with -m NAME; they are listed by: azchat models",
        "{model} is retired",
        statuses=_UNKNOWN_NAME,
    ),
    Cause(
        "version",
        r"api.?version.{0,40}not (supported|allowed|valid)|(unsupported|invalid) api.?version",
        "leave --api-version out, or use the resource's /openai/v1, which takes none",
        statuses=(400, 404),
    ),
    Cause(
        "responses",
        r"chatCompletion operation does not work with the specified model|^(?=.*responses).*"
        r"(only supported in|(not|not supported) in (the )?v1/chat/completions|use v1/responses|"
        r"use the responses api|only available through the responses)",
        "ask at the resource's /openai/v1, without --dialect",
        "{model} answers only over the Responses API",
    ),
    Cause(
        "tools",
        r"tools with reasoning_effort are not supported",
        "ask at the resource's /openai/v1, without --dialect; or leave --effort out",
        "{model} takes tools with an effort only over the Responses API",
    ),
    Cause(  # vLLM: "At most 1 image(s) may be provided in one request"
        "images",
        r"(at most|only|more than|maximum of|up to|limited to|supports?|exceed\w*) "
        r"(support\w* )?(1|one|a single) image|too many images|multiple images",
        "--last-image-only sends only the last one of the conversation",
        "the model takes one image at a time",
        statuses=(400, 413, 415, 422),
    ),
    Cause(
        "images",
        r"not? support(ed)? .{0,30}(image (input|content)|images|vision|image_url)|"
        r"not a multimodal|(image_url|image (input|content)|images|vision)( \w+)?( \w+)? not "
        r"(support|allow|accept)|unknown variant `?image_url|'image_url' is only supported",
        "ask one that does: -m NAME",
        "the model takes no images",
        statuses=(400, 413, 415, 422),
    ),
    Cause(  # OpenRouter's moderation: 403, and nothing is wrong with the key; OpenAI's policies
        "flagged",
        r"(input|prompt|request|content) (was|is|has been) flagged|requires moderation|"
        r"\binvalid_prompt\b|\b(bio|cyber|misalignment)_policy|_policy_violation",
        "rephrase the prompt and ask again",
        statuses=(400, 403),
        error=ServiceError,
        again=False,
    ),
    Cause(  # OpenAI, Google, Anthropic
        "region",
        r"unsupported_country|country, region|location is not supported|not available in your",
        "the service does not serve the place that this machine's address is in",
        statuses=(400, 403),
        error=ServiceError,
    ),
)
