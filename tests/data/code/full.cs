// export AZURE_INFERENCE_ENDPOINT="https://RESOURCE.services.ai.azure.com/models" AZURE_INFERENCE_CREDENTIAL="its key"
// dotnet add package Azure.AI.Inference --prerelease

using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Azure;
using Azure.AI.Inference;

var client = new ChatCompletionsClient(
    new Uri(Environment.GetEnvironmentVariable("AZURE_INFERENCE_ENDPOINT")!),
    new AzureKeyCredential(Environment.GetEnvironmentVariable("AZURE_INFERENCE_CREDENTIAL")!));

var options = new ChatCompletionsOptions
{
    Model = "gpt-4o",
    Messages =
    {
        new ChatRequestDeveloperMessage("Say \"hi\"\nand\tstop \\ { } 🦀"),
        new ChatRequestUserMessage(
            new ChatMessageTextContentItem("What is this?"),
            new ChatMessageImageContentItem(BinaryData.FromBytes(Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")), "image/png"),
            new ChatMessageImageContentItem(new Uri("https://a/b.png"), ChatMessageImageDetailLevel.Low)),
        new ChatRequestAssistantMessage(new[]
        {
            ChatCompletionsToolCall.CreateFunctionToolCall("c1", "f", "{\"a\": 1}"),
        }),
        new ChatRequestToolMessage("42", "c1"),
        new ChatRequestAssistantMessage("It is 42."),
        new ChatRequestUserMessage("And now?"),
    },
    Temperature = 0.5f,
    NucleusSamplingFactor = 1.0f,
    MaxTokens = 100,
    PresencePenalty = -1.0f,
    FrequencyPenalty = 2.0f,
    StopSequences = { "END" },
    Seed = 7,
    ResponseFormat = ChatCompletionsResponseFormat.CreateJsonFormat(
        "answer",
        new Dictionary<string, BinaryData>
        {
            ["type"] = BinaryData.FromString("\"object\""),
        },
        jsonSchemaIsStrict: true),
    Tools =
    {
        new ChatCompletionsToolDefinition(
            new FunctionDefinition("f")
            {
                Description = "Counts",
                Parameters = BinaryData.FromString("""
                {
                  "type": "object",
                  "properties": {
                    "a": {
                      "type": "integer"
                    }
                  }
                }
                """),
            }),
    },
    ToolChoice = new ChatCompletionsToolChoice(new FunctionDefinition("f")),
    AdditionalProperties =
    {
        ["safe_mode"] = BinaryData.FromString("true"),
    },
};

try
{
    while (await AskAsync())
    {
        options.ToolChoice = null; // it was for the first answer
    }
}
catch (RequestFailedException error) when (error.ErrorCode == "content_filter")
{
    return Stop(error.Message.Split('\n')[0], $"{error.GetRawResponse()?.Content}");
}
return Environment.ExitCode;

// Prints the answer; returns whether it calls, and then goes on with the results.
async Task<bool> AskAsync()
{
    ChatCompletions response = (await client.CompleteAsync(options)).Value;
    if (response.FinishReason == CompletionsFinishReason.ContentFiltered)
    {
        Stop("the answer was cut off");
    }
    if (response.ToolCalls.Count > 0)
    {
        options.Messages.Add(new ChatRequestAssistantMessage(response));
        foreach (ChatCompletionsToolCall call in response.ToolCalls)
        {
            options.Messages.Add(new ChatRequestToolMessage(Run(call.Name, call.Arguments), call.Id));
        }
        return true;
    }
    Print("", response.Content ?? "");
    Console.WriteLine($"Model: {response.Model}");
    Console.WriteLine("Usage:");
    Console.WriteLine($"  Prompt tokens: {response.Usage.PromptTokens}");
    Console.WriteLine($"  Total tokens: {response.Usage.TotalTokens}");
    Console.WriteLine($"  Completion tokens: {response.Usage.CompletionTokens}");
    return false;
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

// Runs the function that the model calls; returns its result as JSON.
string Run(string name, string arguments)
{
    Console.WriteLine($"Tool call: {name}({arguments})");
    using JsonDocument document = JsonDocument.Parse(arguments == "" ? "{}" : arguments);
    JsonElement given = document.RootElement;
    T? Given<T>(string key) =>
        given.TryGetProperty(key, out JsonElement value) ? value.Deserialize<T>() : default;
    object returned = name switch
    {
        "f" => ToolF(Given<long?>("a")),
        _ => $"error: there is no function {name}",
    };
    string result = JsonSerializer.Serialize(returned);
    Console.WriteLine($"-> {result}\n");
    return result;
}

object ToolF(long? a) =>
    "TODO: what f returns";

// Prints the thinking, where there is any, apart from the answer.
void Print(string thinking, string answer)
{
    var match = Regex.Match(answer, @"^\s*<think>(.*?)</think>(.*)", RegexOptions.Singleline);
    if (match.Success) (thinking, answer) = (match.Groups[1].Value, match.Groups[2].Value);
    Console.WriteLine(thinking.Trim() == ""
        ? $"Response: {answer}"
        : $"Thinking: {thinking.Trim()}\n\nAnswer: {answer.Trim()}");
}
