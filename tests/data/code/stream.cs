// export AZURE_INFERENCE_ENDPOINT="https://RESOURCE.services.ai.azure.com/models"
// dotnet add package Azure.AI.Inference --prerelease
// dotnet add package Azure.Identity

using System.Text.Json.Nodes;
using Azure;
using Azure.AI.Inference;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;

var credential = new DefaultAzureCredential();
var clientOptions = new AzureAIInferenceClientOptions();
clientOptions.AddPolicy(
    new BearerTokenAuthenticationPolicy(credential, new[] { "https://ai.azure.com/.default" }),
    HttpPipelinePosition.PerRetry);
var client = new ChatCompletionsClient(
    new Uri(Environment.GetEnvironmentVariable("AZURE_INFERENCE_ENDPOINT")!),
    credential,
    clientOptions);

var options = new ChatCompletionsOptions
{
    Model = "DeepSeek-R1",
    Messages =
    {
        new ChatRequestSystemMessage("You are a helpful assistant."),
        new ChatRequestUserMessage("How many languages are in the world?"),
    },
};

try
{
    await AskAsync();
}
catch (RequestFailedException error) when (error.ErrorCode == "content_filter")
{
    return Stop(error.Message.Split('\n')[0], $"{error.GetRawResponse()?.Content}");
}
return Environment.ExitCode;

// Prints the answer, the model and the usage.
async Task AskAsync()
{
    var printer = new Printer();
    CompletionsUsage? usage = null;
    CompletionsFinishReason? reason = null;
    await foreach (StreamingChatCompletionsUpdate update in await client.CompleteStreamingAsync(options))
    {
        (usage, reason) = (update.Usage ?? usage, update.FinishReason ?? reason);
        printer.Add(update.ContentUpdate ?? "");
    }
    printer.Add("", isLast: true);
    Console.WriteLine("\n");
    if (reason == CompletionsFinishReason.ContentFiltered) Stop("the answer was cut off");
    if (usage is not null)
    {
        Console.WriteLine("Usage:");
        Console.WriteLine($"  Prompt tokens: {usage.PromptTokens}");
        Console.WriteLine($"  Total tokens: {usage.TotalTokens}");
        Console.WriteLine($"  Completion tokens: {usage.CompletionTokens}");
    }
}

// Tells that the content filter stepped in, and for what.
int Stop(string message, string body = "{}")
{
    Console.Error.WriteLine($"content_filter: {message}");
    JsonNode? found = JsonNode.Parse(body)?["error"]?["innererror"]?["content_filter_result"];
    foreach (var (name, one) in found as JsonObject ?? new JsonObject())
    {
        if ((bool?)one?["filtered"] != true) continue;
        Console.Error.WriteLine($"  {name}: {one["severity"] ?? "detected"}");
    }
    return Environment.ExitCode = 7;
}

// Prints the thinking apart from the answer, as both come.
class Printer
{
    private string _part = "", _text = "";
    private bool _isThinking;

    public void Say(string part, string more)
    {
        if (part != _part)
        {
            more = more.TrimStart();
            if (more == "") return;
            Console.Write(_part == "" ? $"{part}: " : $"\n\n{part}: ");
            _part = part;
        }
        Console.Write(more);
    }

    public void Add(string more, bool isLast = false)
    {
        _text += more;
        if (!_isThinking && _text.Contains("<think>"))
        {
            (_isThinking, _text) = (true, _text[(_text.IndexOf("<think>") + 7)..]);
        }
        if (_isThinking && _text.Contains("</think>"))
        {
            int end = _text.IndexOf("</think>");
            Say("Thinking", _text[..end].TrimEnd());
            (_isThinking, _text) = (false, _text[(end + 8)..]);
        }
        if (isLast || _text.LastIndexOf('<') < _text.Length - 8 || !_text.Contains('<'))
        {
            Say(_isThinking ? "Thinking" : "Answer", _text);
            _text = "";
        } // else it may be the beginning of a tag
    }
}
