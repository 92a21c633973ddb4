import pytest

from azchat.azure.endpoint import Endpoint, Kind, parse_endpoint
from azchat.azure.hosts import is_azure
from azchat.errors import ConfigError
from azchat.net.hosts import is_loopback

COGNITIVE = "https://cognitiveservices.azure.com/.default"
AI = "https://ai.azure.com/.default"
ML = "https://ml.azure.com/.default"
PREVIEW, GA = "2024-05-01-preview", "2024-10-21"
R = "https://r.openai.azure.com"
S = "https://r.services.ai.azure.com"
D = f"{R}/openai/deployments/d"
SERVERLESS = "https://m.eastus2.models.ai.azure.com"
MANAGED = "https://e.eastus.inference.ml.azure.com"
WSID = (
    "https://ai.azure.com/resource/deployments/d?wsid=/subscriptions/0/resourceGroups/g/providers/"
    "Microsoft.CognitiveServices/accounts/Res&tid=0"
)

# What was pasted -> kind, base
RIGHT: list[tuple[str, Kind, str]] = [
    # The v1 route, and everything that means it
    (f"{R}/openai/v1", "v1", f"{R}/openai/v1"),
    (f"{R}/openai/v1/", "v1", f"{R}/openai/v1"),
    (f"{R}/openai/v1/chat/completions", "v1", f"{R}/openai/v1"),
    (f"{R}/openai/v1/chat/completions/", "v1", f"{R}/openai/v1"),
    (f"{R}/openai/v1/responses", "v1", f"{R}/openai/v1"),
    (f"{R}/openai/v1/models", "v1", f"{R}/openai/v1"),
    (f"{R}/openai/models?api-version=2024-10-21", "v1", f"{R}/openai/v1"),
    (f"{R}/openai/v1?api-version=preview", "v1", f"{R}/openai/v1"),
    (f"{R}/openai/v1?api-version=", "v1", f"{R}/openai/v1"),
    (f"{R}/openai", "v1", f"{R}/openai/v1"),
    (f"{R}/openai/", "v1", f"{R}/openai/v1"),
    (R, "v1", f"{R}/openai/v1"),
    (f"{R}/", "v1", f"{R}/openai/v1"),
    (f"{R}//openai//v1//", "v1", f"{R}/openai/v1"),
    (f"{R}/openai/deployments", "v1", f"{R}/openai/v1"),
    (f"{R}/openai/responses?api-version=2025-04-01-preview", "v1", f"{R}/openai/v1"),
    ("HTTPS://R.OpenAI.Azure.com/openai/v1", "v1", f"{R}/openai/v1"),
    ("https://r.openai.azure.com:443/openai/v1", "v1", f"{R}:443/openai/v1"),
    (S, "v1", f"{S}/openai/v1"),
    (f"{S}/openai/v1/", "v1", f"{S}/openai/v1"),
    (
        "https://r.cognitiveservices.azure.com/",
        "v1",
        "https://r.cognitiveservices.azure.com/openai/v1",
    ),
    (
        "https://eastus.api.cognitive.microsoft.com/",
        "v1",
        "https://eastus.api.cognitive.microsoft.com/openai/v1",
    ),
    ("r.openai.azure.com", "v1", f"{R}/openai/v1"),
    ("r.services.ai.azure.com/openai/v1", "v1", f"{S}/openai/v1"),
    ("r.openai.azure.com:443/openai/v1", "v1", f"{R}:443/openai/v1"),
    # With junk around it
    (f"  {R}/openai/v1\n", "v1", f"{R}/openai/v1"),
    (f'"{R}/openai/v1"', "v1", f"{R}/openai/v1"),
    (f"'{R}/openai/v1',", "v1", f"{R}/openai/v1"),
    (f"<{R}/openai/v1>", "v1", f"{R}/openai/v1"),
    (f"`{R}/openai/v1`", "v1", f"{R}/openai/v1"),
    (f"\u00a0{R}/openai/v1\u00a0", "v1", f"{R}/openai/v1"),
    (f"Target URI: {R}/openai/v1", "v1", f"{R}/openai/v1"),
    (f"Endpoint: {R}/", "v1", f"{R}/openai/v1"),
    (f'Endpoint: "{R}/"', "v1", f"{R}/openai/v1"),
    (f'export AZURE_OPENAI_ENDPOINT="{R}/"', "v1", f"{R}/openai/v1"),
    (f"AZURE_INFERENCE_ENDPOINT={R}/openai/v1", "v1", f"{R}/openai/v1"),
    (f'endpoint = "{R}/openai/v1",', "v1", f"{R}/openai/v1"),
    # Deployments
    (D, "deployment", D),
    (f"{D}/chat/completions?api-version=2025-01-01-preview", "deployment", D),
    (f"{R}/openai/deployments/my%20model", "deployment", f"{R}/openai/deployments/my%20model"),
    (f"{S}/openai/deployments/d", "deployment", f"{S}/openai/deployments/d"),
    # Model inference
    (f"{S}/models", "inference", f"{S}/models"),
    (f"{S}/models/", "inference", f"{S}/models"),
    (f"{S}/models/chat/completions?api-version={PREVIEW}", "inference", f"{S}/models"),
    (f"{S}/models/info", "inference", f"{S}/models"),
    # Projects
    (f"{S}/api/projects/p", "project", f"{S}/api/projects/p/openai/v1"),
    (f"{S}/api/projects/p/", "project", f"{S}/api/projects/p/openai/v1"),
    (f"{S}/api/projects/p/openai", "project", f"{S}/api/projects/p/openai/v1"),
    (f"{S}/api/projects/p/openai/v1", "project", f"{S}/api/projects/p/openai/v1"),
    (f"{S}/api/projects/p/openai/v1/responses", "project", f"{S}/api/projects/p/openai/v1"),
    # MAI
    (f"{S}/mai/v1", "mai", f"{S}/mai/v1"),
    (f"{S}/mai/v1/chat/completions", "mai", f"{S}/mai/v1"),
    # Serverless and managed
    (SERVERLESS, "serverless", SERVERLESS),
    (f"{SERVERLESS}/v1/chat/completions", "serverless", f"{SERVERLESS}/v1"),
    (f"{SERVERLESS}/info", "serverless", SERVERLESS),
    ("m.eastus2.models.ai.azure.com", "serverless", SERVERLESS),
    (f"{MANAGED}/score", "managed", MANAGED),
    (f"{MANAGED}/v1/chat/completions", "managed", f"{MANAGED}/v1"),
    # Portals
    (WSID, "v1", "https://res.services.ai.azure.com/openai/v1"),
    (
        WSID.replace("/", "%2F").replace("https:%2F%2Fai.azure.com%2F", "https://ai.azure.com/"),
        "v1",
        "https://res.services.ai.azure.com/openai/v1",
    ),
    (
        WSID.replace("Res&", "Res/projects/p&"),
        "project",
        "https://res.services.ai.azure.com/api/projects/p/openai/v1",
    ),
    (
        "https://portal.azure.com/#@me/resource/providers/Microsoft.X/accounts/res/overview",
        "v1",
        "https://res.services.ai.azure.com/openai/v1",
    ),
    # Other clouds
    ("https://r.openai.azure.us/", "v1", "https://r.openai.azure.us/openai/v1"),
    ("https://r.openai.azure.cn/openai/v1", "v1", "https://r.openai.azure.cn/openai/v1"),
    ("r.openai.azure.us", "v1", "https://r.openai.azure.us/openai/v1"),
    ("https://r.services.ai.azure.us", "v1", "https://r.services.ai.azure.us/openai/v1"),
    (
        "https://r.cognitiveservices.azure.us/openai/deployments/d/chat/completions?api-version=1",
        "deployment",
        "https://r.cognitiveservices.azure.us/openai/deployments/d",
    ),
    (
        "https://r.services.ai.azure.us/api/projects/p",
        "project",
        "https://r.services.ai.azure.us/api/projects/p/openai/v1",
    ),
    (
        "https://virginia.api.cognitive.microsoft.us/",
        "v1",
        "https://virginia.api.cognitive.microsoft.us/openai/v1",
    ),
    (
        "https://chinaeast2.api.cognitive.azure.cn/",
        "v1",
        "https://chinaeast2.api.cognitive.azure.cn/openai/v1",
    ),
    (
        "https://portal.azure.us/#@me/resource/providers/Microsoft.X/accounts/Res/overview",
        "v1",
        "https://res.openai.azure.us/openai/v1",
    ),
    (
        "https://e.usgovvirginia.inference.ml.azure.us/score",
        "managed",
        "https://e.usgovvirginia.inference.ml.azure.us",
    ),
    # Gateways
    ("https://g.azure-api.net/openai", "v1", "https://g.azure-api.net/openai/v1"),
    ("https://g.azure-api.net/my/openai/v1", "v1", "https://g.azure-api.net/my/openai/v1"),
    (
        "https://g.azure-api.net/my/openai/deployments/d",
        "deployment",
        "https://g.azure-api.net/my/openai/deployments/d",
    ),
    # Everything else that speaks the protocol
    ("https://api.openai.com", "compatible", "https://api.openai.com/v1"),
    ("https://api.openai.com/v1/chat/completions", "compatible", "https://api.openai.com/v1"),
    ("https://openrouter.ai/api/v1/", "compatible", "https://openrouter.ai/api/v1"),
    ("https://llm.example.com:8443/v1/models", "compatible", "https://llm.example.com:8443/v1"),
    ("https://llm.example.com//v1//", "compatible", "https://llm.example.com/v1"),
    ("https://llm.example.com/a%20b/v1", "compatible", "https://llm.example.com/a%20b/v1"),
    ("https://10.0.0.5/v1", "compatible", "https://10.0.0.5/v1"),
    ("https://[2001:db8::1]:8443/v1", "compatible", "https://[2001:db8::1]:8443/v1"),
    (
        "https://openai.azure.com.evil.test/v1",
        "compatible",
        "https://openai.azure.com.evil.test/v1",
    ),
    ("https://notopenai.azure.com.test/v1", "compatible", "https://notopenai.azure.com.test/v1"),
    # This machine
    ("http://localhost:11434", "compatible", "http://localhost:11434/v1"),
    ("http://LOCALHOST:1234/v1/", "compatible", "http://localhost:1234/v1"),
    ("http://127.0.0.1:8000/v1/chat/completions", "compatible", "http://127.0.0.1:8000/v1"),
    ("http://127.8.9.10:8000/v1", "compatible", "http://127.8.9.10:8000/v1"),
    ("http://[::1]:8080/v1", "compatible", "http://[::1]:8080/v1"),
    ("http://localhost:8931/models", "inference", "http://localhost:8931/models"),
    ("http://localhost:8931/openai/v1", "v1", "http://localhost:8931/openai/v1"),
    ("https://localhost:8931/v1", "compatible", "https://localhost:8931/v1"),
]

# What was pasted -> words of the error
WRONG: list[tuple[str, str]] = [
    ("", "empty"),
    ("   ", "empty"),
    ('""', "empty"),
    ("Target URI:", "empty"),
    ("r", "no scheme"),
    ("llm.example.com/v1", "did you mean https://llm.example.com/v1"),
    ("localhost:11434/v1", "did you mean http://localhost:11434/v1"),
    ("/openai/v1", "no scheme"),
    ("//r.openai.azure.com/openai/v1", "no scheme"),
    ("https:/r.openai.azure.com", "no scheme"),
    ("//r.openai.azure.com/openai/v1", "did you mean https://r.openai.azure.com/openai/v1 ?"),
    ("https:/r.openai.azure.com", "did you mean https://r.openai.azure.com ?"),
    ("HTTP//localhost:11434/v1", "did you mean http://localhost:11434/v1 ?"),
    ("https:r.openai.azure.com", "did you mean https://r.openai.azure.com ?"),
    ("https:/", "an endpoint looks like"),
    # What a project serves beside its models
    (f"{S}/api/projects/p/applications/a/protocols/openai/responses", "an agent or application"),
    (f"{S}/api/projects/p/agents/a/endpoint/protocols/openai", "/api/projects/p/openai/v1"),
    ("ftp://r.openai.azure.com", "scheme is 'ftp'"),
    ("wss://r.openai.azure.com/openai/realtime", "scheme is 'wss'"),
    ("file:///etc/passwd", "scheme is 'file'"),
    ("https://", "host or port is wrong"),
    ("https:///openai/v1", "host or port is wrong"),
    ("https://r.openai.azure.com:99999", "host or port is wrong"),
    ("https://r.openai.azure.com:x", "host or port is wrong"),
    ("https://r.openai.azure.com:0", "host or port is wrong"),
    ("https://[::1/v1", "host"),
    ("https://[nonsense]/v1", "host"),
    ("https://r.openai.azure.com\uff0fevil.test/", "the endpoint"),
    # Hosts that are not what they seem
    ("https://good.openai.azure.com@evil.test/", "the host is evil.test"),
    ("https://user:password@r.openai.azure.com/", "user name before its host"),
    ("https://@r.openai.azure.com/", "user name before its host"),
    ("https://evil.test\\@r.openai.azure.com/", "in it"),
    ("https://good.openai.azure.com%40evil.test/", "characters no host has"),
    ("https://\u03bfpenai.azure.com/", "the endpoint"),
    ("https://r.openai.azure.com%2f.evil.test/", "characters no host has"),
    # What a URL may hold and an endpoint may not
    (f"{R}/openai/v1#chat", "fragment"),
    (f"{R}/openai/v1?key=1", "query"),
    (f"{R}/openai/v1?api-version=1&x=2", "query"),
    (f"{R}/openai/v1?api-version=a%26b", "api-version is malformed"),
    (f"{R}/open ai/v1", "' ' in it"),
    (f"{R}/openai\n/v1", "in it"),
    (f"{R}/openai/v1 {R}/openai/v1", "' ' in it"),
    ("https://{resource}.openai.azure.com", "'{' in it"),
    ("https://llm.example.com/v1\u200b/x", "the endpoint"),
    ("https://llm.example.com/schöne/neue/welt", "the endpoint"),
    # Plain http leaves this machine
    ("http://r.openai.azure.com/openai/v1", "unencrypted"),
    ("http://192.0.2.1/v1", "unencrypted"),
    ("http://10.0.0.5:8000/v1", "unencrypted"),
    ("http://localhost.evil.test/v1", "unencrypted"),
    ("http://127.0.0.1.evil.test/v1", "unencrypted"),
    ("http://2130706433/v1", "unencrypted"),
    ("http://127.999.0.1/v1", "unencrypted"),
    ("http://[::ffff:192.0.2.1]/v1", "unencrypted"),
    # Azure's hosts with their parts swapped or misspelt: somebody else would get the key
    ("https://r.azure.openai.com/openai/v1", "did you mean https://r.openai.azure.com/openai/v1 ?"),
    ("http://r.azure.openai.com", "did you mean http://r.openai.azure.com ?"),
    ("r.azure.openai.com/openai/v1", "did you mean https://r.openai.azure.com/openai/v1 ?"),
    ("https://r.openai.com.azure", "did you mean https://r.openai.azure.com ?"),
    ("https://openai.r.azure.com", "did you mean https://r.openai.azure.com ?"),
    ("https://r.azure.openai.us", "did you mean https://r.openai.azure.us ?"),
    ("https://r.ai.services.azure.com/models", "did you mean https://r.services.ai.azure.com/"),
    ("https://r.services.azure.com", "did you mean https://r.services.ai.azure.com ?"),
    ("https://r.azure.cognitiveservices.com", "did you mean https://r.cognitiveservices.azure.com"),
    ("https://m.eastus2.ai.models.azure.com", "did you mean https://m.eastus2.models.ai.azure.com"),
    ("https://r.opneai.azure.com", "did you mean https://r.openai.azure.com ?"),
    ("https://r.openai.azure.co/openai/v1", "did you mean https://r.openai.azure.com/openai/v1 ?"),
    ("https://r.openai.azure.com./", "did you mean https://r.openai.azure.com/ ?"),
    ("0.0.0.0:11434/v1", "did you mean http://0.0.0.0:11434/v1"),
    ("eastus.api.azureml.ms;0;group;name", "a hub's connection string"),
    # Addresses that are no endpoints
    ("https://models.github.ai/inference", "retired on 2026-07-30"),
    ("https://models.github.ai/orgs/o/inference/chat/completions", "retired on 2026-07-30"),
    ("models.github.ai/inference", "retired on 2026-07-30"),
    ("https://models.inference.ai.azure.com", "retired on 2025-10-17"),
    ("models.inference.ai.azure.com/chat/completions", "retired on 2025-10-17"),
    ("https://ai.azure.com/", "portal"),
    ("https://oai.azure.com/portal/deployments", "portal"),
    (
        "https://ml.azure.com/endpoints/realtime/e/detail?wsid=/subscriptions/0/workspaces/w",
        "portal",
    ),
    ("https://portal.azure.cn/", "portal"),
    ("https://ai.azure.com/nextgen/r/abc,rg,,res,proj/home", "portal"),
    (f"curl {R}/openai/v1", "' ' in it"),
    (f"export X={R}/openai/v1?key=1", "query"),
    (f"{R}/openai/realtime", "/openai/realtime"),
    (f"{S}/api/projects", "/api/projects"),
    (f"{S}/api/projects/", "/api/projects"),
    (f"{R}/openai/v2", "none of the resource's routes"),
    (f"{R}/openai/deployments/d/images/generations", "none of the resource's routes"),
    (f"{S}/api/projects/p/agents", "none of the resource's routes"),
]


@pytest.mark.parametrize(("text", "kind", "base"), RIGHT)
def test_what_was_pasted_becomes_an_endpoint(text: str, kind: Kind, base: str) -> None:
    endpoint = parse_endpoint(text)
    assert (endpoint.kind, endpoint.base) == (kind, base)


@pytest.mark.parametrize(("text", "words"), WRONG)
def test_what_cannot_be_one_is_told_by_the_part_that_is_wrong(text: str, words: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse_endpoint(text)
    told = f"{raised.value.what}; {raised.value.hint}"
    assert words in told
    assert len(told.splitlines()) == 1


@pytest.mark.parametrize("base", sorted({base for _, _, base in RIGHT}))
def test_a_base_is_the_endpoint_of_itself(base: str) -> None:
    assert parse_endpoint(base).base == base


@pytest.mark.parametrize(
    ("text", "version", "header", "scope"),
    [
        (f"{R}/openai/v1", None, "api-key", AI),
        (f"{S}/openai/v1", None, "api-key", AI),
        (f"{S}/api/projects/p", None, "Authorization", AI),
        (D, GA, "api-key", COGNITIVE),
        (f"{D}?api-version=2025-01-01-preview", "2025-01-01-preview", "api-key", COGNITIVE),
        (f"{S}/models", PREVIEW, "api-key", COGNITIVE),
        (f"{S}/models?api-version=2025-06-01", "2025-06-01", "api-key", COGNITIVE),
        (f"{S}/mai/v1", None, "api-key", COGNITIVE),
        (SERVERLESS, PREVIEW, "Authorization", None),
        (MANAGED, None, "Authorization", ML),
        (f"{MANAGED}/score?api-version=1", "1", "Authorization", ML),
        (
            "https://e.x.inference.ml.azure.us/score",
            None,
            "Authorization",
            "https://ml.azure.us/.default",
        ),
        ("https://api.openai.com/v1", None, "Authorization", None),
        ("http://localhost:11434/v1", None, "Authorization", None),
        ("https://r.openai.azure.us", None, "api-key", "https://ai.azure.us/.default"),
        ("https://r.openai.azure.cn", None, "api-key", "https://ai.azure.cn/.default"),
        (
            "https://r.openai.azure.us/openai/deployments/d",
            GA,
            "api-key",
            "https://cognitiveservices.azure.us/.default",
        ),
    ],
)
def test_each_route_has_its_version_header_and_scope(
    text: str, version: str | None, header: str, scope: str | None
) -> None:
    endpoint = parse_endpoint(text)
    assert endpoint.api_version == version
    assert (endpoint.key_header, endpoint.scope) == (header, scope)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        (f"{R}/openai/v1?api-version=preview", f"{R}/openai/v1/chat/completions"),
        (D, f"{D}/chat/completions?api-version={GA}"),
        (f"{S}/models", f"{S}/models/chat/completions?api-version={PREVIEW}"),
        (f"{MANAGED}/score", f"{MANAGED}/chat/completions"),
        ("http://[::1]:8080", "http://[::1]:8080/v1/chat/completions"),
    ],
)
def test_chat_requests_are_posted_to_one_url(text: str, url: str) -> None:
    assert parse_endpoint(text).url("/chat/completions") == url


# A URL that names its operation, on any host but Azure's own, is where the request goes
EXACT = [
    "https://llm.example.com/chat/completions",
    "https://llm.example.com/v1/chat/completions",
    "https://llm.example.com/compatible-mode/v4/chat/completions",
    "https://llm.example.com/v1/chat/completions?tenant=blue",
    "https://llm.example.com/v1/chat/completions?a=b%20c&d=",
    "http://localhost:3000/api/chat/completions",
    "https://[2001:db8::1]:8443/chat/completions",
    "https://ai.example.com/chat/completions?api-version=2024-10-21",
    "https://ai.example.com/openai/chat/completions",
    "https://ai.example.com/openai/deployments/d/chat/completions",
    "https://ai.example.com/openai/deployments/d/chat/completions?api-version=2024-10-21",
    "https://ai.example.com/a/deployments/d/chat/completions?api-version=2024-10-21&code=x",
    "https://ai.example.com/models/chat/completions?api-version=2024-05-01-preview",
    "https://g.azure-api.net/deployments/d/chat/completions?api-version=2024-10-21",
    "https://g.azure-api.net/a/b/chat/completions",
    "https://g.azure-api.net/a/openai/chat/completions",
    "https://g.azure-api.net/openai/v1/chat/completions?api-version=preview",
    "https://g.azurefd.net/openai/deployments/d/chat/completions?api-version=2024-10-21",
]


@pytest.mark.parametrize("url", EXACT)
def test_a_url_that_names_its_operation_is_used_as_it_is(url: str) -> None:
    assert parse_endpoint(url).url("/chat/completions") == url
    other = parse_endpoint(url.replace("/chat/completions", "/responses"))
    assert other.url("/chat/completions") == url
    assert other.dialect == ("responses" if "responses" in other.speaks else None)


@pytest.mark.parametrize("url", [*EXACT, *(text for text, _, _ in RIGHT)])
def test_what_is_kept_of_an_endpoint_means_the_same(url: str) -> None:
    once = parse_endpoint(url)
    again = parse_endpoint(once.written, api_version=once.api_version)
    kept = None if once.dialect == "chat" and once.written == once.base else once.dialect
    assert again._replace(notes=()) == once._replace(notes=(), dialect=kept)


@pytest.mark.parametrize(
    ("text", "kind", "header", "model"),
    [
        ("https://ai.example.com/openai/deployments/d", "deployment", "api-key", "d"),
        ("https://ai.example.com/x/openai/deployments/d", "deployment", "api-key", "d"),
        ("https://ai.example.com/deployments/d?api-version=1", "deployment", "api-key", "d"),
        ("https://ai.example.com/deployments/d", "compatible", "Authorization", None),
        ("https://ai.example.com/models", "inference", "api-key", None),
        ("https://ai.example.com/llm?api-version=2024-10-21", "compatible", "api-key", None),
        ("https://ai.example.com/openai/v1", "compatible", "Authorization", None),
        ("https://g.azure-api.net/deployments/d", "deployment", "api-key", "d"),
        ("https://g.azure-api.net/llm/v1", "compatible", "api-key", None),
        ("https://g.azurefd.net/openai", "v1", "api-key", None),
        ("https://g.azure-api.us/openai/deployments/d", "deployment", "api-key", "d"),
    ],
)
def test_a_host_before_azure_keeps_azures_ways(
    text: str, kind: Kind, header: str, model: str | None
) -> None:
    endpoint = parse_endpoint(text)
    assert (endpoint.kind, endpoint.key_header, endpoint.model) == (kind, header, model)
    is_versioned = kind in ("deployment", "inference") or "api-version" in text
    assert (endpoint.api_version is not None) is is_versioned


@pytest.mark.parametrize(
    ("text", "url", "note"),
    [
        ("http://0.0.0.0:11434/v1", "http://127.0.0.1:11434/v1", "127.0.0.1"),
        ("http://0.0.0.0:8000", "http://127.0.0.1:8000/v1", "127.0.0.1"),
        ("http://[::]:8000/v1", "http://[::1]:8000/v1", "::1"),
        ("http://localhost:11434/api/chat", "http://localhost:11434/v1", "Ollama"),
        ("http://localhost:11434/api/generate", "http://localhost:11434/v1", "Ollama"),
        ("http://localhost:11434/api", "http://localhost:11434/v1", "Ollama"),
        ("http://0.0.0.0:11434/api/tags", "http://127.0.0.1:11434/v1", "Ollama"),
        ("https://h.example.com/ollama/api/chat", "https://h.example.com/ollama/v1", "Ollama"),
        ("https://h.example.com/v1/v1", "https://h.example.com/v1", "twice"),
        ("https://h.example.com/v1/v1/v1", "https://h.example.com/v1", "twice"),
        ("https://h.example.com/v1/v1/chat/completions", "https://h.example.com/v1", "twice"),
        (f"{R}/openai/v1/openai/v1/chat/completions", f"{R}/openai/v1", "twice"),
        (f"{R}/openai/v1/v1", f"{R}/openai/v1", "twice"),
        (f"{S}/api/projects/p/api/projects/p/openai/v1", f"{S}/api/projects/p/openai/v1", "twice"),
        ("https://h.example.com/v1/embeddings", "https://h.example.com/v1", "asked as chat"),
    ],
)
def test_a_slip_is_mended_and_told(text: str, url: str, note: str) -> None:
    endpoint = parse_endpoint(text)
    assert endpoint.url("/chat/completions") == f"{url}/chat/completions"
    assert [note in one for one in endpoint.notes].count(True) == 1


@pytest.mark.parametrize(
    "path", ["/chat/completions/chat/completions", "/v1/chat/completions/v1/chat/completions"]
)
def test_an_operation_that_stands_twice_is_taken_once(path: str) -> None:
    url = f"https://h.example.com{path[: len(path) // 2]}"
    assert parse_endpoint(f"https://h.example.com{path}").url("/chat/completions") == url


@pytest.mark.parametrize("path", ["/openai/openai/deployments/d", "/a/a/openai/deployments/v1"])
def test_a_gateways_path_may_repeat_itself(path: str) -> None:
    assert parse_endpoint(f"https://g.azure-api.net{path}").base.endswith(path)


@pytest.mark.parametrize(
    "host",
    [
        *("api.openai.com", "openai.azure.example.com", "azure-openai.example.com"),
        *("vm.eastus.cloudapp.azure.com", "app.azurewebsites.net", "azure.com.example.org"),
    ],
)
def test_other_hosts_are_nobodys_slip(host: str) -> None:
    assert parse_endpoint(f"https://{host}/v1").host == host


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        (R, True),
        (f"{S}/api/projects/p", True),
        (f"{S}/mai/v1", True),
        (f"{S}/models", True),
        (D, False),
        (SERVERLESS, False),
        ("http://localhost:8931/models", False),
        ("https://llm.example.com/v1", False),
    ],
)
def test_some_routes_need_the_name_of_a_deployment(text: str, needs: bool) -> None:
    assert parse_endpoint(text).needs_model is needs


def test_other_operations_have_urls_too() -> None:
    assert parse_endpoint(SERVERLESS).url("/info") == f"{SERVERLESS}/info?api-version={PREVIEW}"


# The user's own wishes


def test_the_version_of_the_user_is_taken_where_one_is_needed() -> None:
    assert parse_endpoint(D, api_version="2025-01-01").api_version == "2025-01-01"


def test_the_version_in_the_url_goes_before_that_of_the_user() -> None:
    endpoint = parse_endpoint(f"{D}?api-version=2023-05-15", api_version="2025-01-01")
    assert endpoint.api_version == "2023-05-15"


@pytest.mark.parametrize("text", [f"{R}/openai/v1", "https://api.openai.com/v1", f"{S}/mai/v1"])
def test_a_version_that_is_left_out_is_told(text: str) -> None:
    endpoint = parse_endpoint(text, api_version="2025-01-01")
    assert endpoint.api_version is None
    assert endpoint.notes == ("left out api-version 2025-01-01: this route takes none",)


@pytest.mark.parametrize("path", ["", "/", "/openai", "/openai/deployments/"])
def test_a_dated_version_and_a_model_mean_the_deployment(path: str) -> None:
    endpoint = parse_endpoint(R + path, api_version="2024-10-21", model="gpt-4o")
    assert endpoint.base == f"{R}/openai/deployments/gpt-4o"
    assert endpoint.kind == "deployment"


def test_a_model_in_the_url_is_percent_encoded() -> None:
    endpoint = parse_endpoint(R, api_version="2024-10-21", model="my model/v?1")
    assert endpoint.base == f"{R}/openai/deployments/my%20model%2Fv%3F1"
    assert endpoint.model == "my model/v?1"


@pytest.mark.parametrize("version", ["preview", "v1", "latest"])
def test_a_version_without_a_date_means_the_v1_route(version: str) -> None:
    assert parse_endpoint(R, api_version=version, model="gpt-4o").kind == "v1"


@pytest.mark.parametrize("version", ["a&b", "2024 10 21", "x\r\nX-Evil: 1", "a#b", "a/b"])
def test_a_version_of_the_user_cannot_change_the_url(version: str) -> None:
    with pytest.raises(ConfigError, match="api-version"):
        parse_endpoint(D, api_version=version)


@pytest.mark.parametrize(
    ("text", "model"),
    [
        (D, "d"),
        (f"{R}/openai/deployments/my%20model", "my model"),
        (f"{R}/openai/v1", None),
        (f"{S}/models", None),
    ],
)
def test_the_deployment_in_the_url_names_the_model(text: str, model: str | None) -> None:
    assert parse_endpoint(text).model == model


def test_a_portal_address_is_told_to_have_been_read() -> None:
    assert parse_endpoint(WSID).notes == ("found the resource in the portal's address",)


# Secrets


@pytest.mark.parametrize(
    "text",
    [
        "https://user:sk-SECRET@r.openai.azure.com/",
        "https://user:sk-SECRET@r.openai.azure.com/a b",
        "https://user:sk/SECRET@r.openai.azure.com/",
        "https://user:sk-SECRET@r.openai.azure.com:x/",
        "ftp://user:sk-SECRET@r.openai.azure.com",
        "user:sk-SECRET@r.openai.azure.com",
        "https://llm.example.com/v1?key=sk-SECRET",
        "https://llm.example.com/v1?api-version=1&code=sk-SECRET",
        "https://llm.example.com/v1#access_token=sk-SECRET",
    ],
)
def test_an_error_does_not_repeat_what_may_be_a_secret(text: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse_endpoint(text)
    assert "SECRET" not in raised.value.what + raised.value.hint


def test_an_error_is_short_however_long_the_text() -> None:
    with pytest.raises(ConfigError) as raised:
        parse_endpoint("https://r.openai.azure.com/" + "a" * 5000)
    assert len(raised.value.what) < 300


# What an endpoint can do


@pytest.mark.parametrize(
    ("text", "answer"),
    [(f"{S}/models", True), (SERVERLESS, True), (MANAGED, True), (R, False), (D, False)],
)
def test_only_model_inference_has_info_and_a_header_for_extras(text: str, answer: bool) -> None:
    endpoint = parse_endpoint(text)
    assert (endpoint.has_info, endpoint.takes_extra_parameters_header) == (answer, answer)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (R, True),
        (D, True),
        (f"{S}/api/projects/p", True),
        ("https://api.openai.com", True),
        (f"{S}/models", False),
        (f"{S}/mai/v1", False),
        (SERVERLESS, False),
        (MANAGED, False),
    ],
)
def test_the_usage_is_asked_for_where_that_is_understood(text: str, answer: bool) -> None:
    assert parse_endpoint(text).reports_usage_on_request is answer


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.255.0.1", "::1"])
def test_this_machine_is_known_by_its_names(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "localhost.",
        "0.0.0.0",
        "127.1",
        "127.0.0.1.nip.io",
        "::",
        "::2",
        "127.0.0.256",
        "127...",
    ],
)
def test_no_other_host_is_this_machine(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    "host",
    [
        "r.openai.azure.com",
        "r.services.ai.azure.us",
        "m.x.models.ai.azure.com",
        "e.x.inference.ml.azure.us",
    ],
)
def test_hosts_of_azure_are_known(host: str) -> None:
    assert is_azure(host)


@pytest.mark.parametrize(
    "host", ["openai.azure.com", "evilopenai.azure.com", "r.openai.azure.com.evil.test"]
)
def test_hosts_that_only_look_like_azure_are_not(host: str) -> None:
    assert not is_azure(host)


def test_the_host_is_shown_with_its_port() -> None:
    assert Endpoint("compatible", "http://localhost:1234/v1").host == "localhost:1234"
