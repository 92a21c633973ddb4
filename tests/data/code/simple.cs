// export AZURE_INFERENCE_ENDPOINT="https://RESOURCE.services.ai.azure.com/models" AZURE_INFERENCE_CREDENTIAL="its key"
// dotnet add package Azure.AI.Inference --prerelease

using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Azure;
using Azure.AI.Inference;

var client = new ChatCompletionsClient(
    new Uri(Environment.GetEnvironmentVariable("AZURE_INFERENCE_ENDPOINT")!),
    new AzureKeyCredential(Environment.GetEnvironmentVariable("AZURE_INFERENCE_CREDENTIAL")!));

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
    ModelInfo info = (await client.GetModelInfoAsync()).Value;
    Console.WriteLine($"Model name: {info.ModelName}");
    Console.WriteLine($"Model type: {info.ModelType}");
    Console.WriteLine($"Model provider name: {info.ModelProviderName}");
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
    ChatCompletions response = (await client.CompleteAsync(options)).Value;
    if (response.FinishReason == CompletionsFinishReason.ContentFiltered)
    {
        Stop("the answer was cut off");
    }
    Print("", response.Content ?? "");
    Console.WriteLine($"Model: {response.Model}");
    Console.WriteLine("Usage:");
    Console.WriteLine($"  Prompt tokens: {response.Usage.PromptTokens}");
    Console.WriteLine($"  Total tokens: {response.Usage.TotalTokens}");
    Console.WriteLine($"  Completion tokens: {response.Usage.CompletionTokens}");
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

// Prints the thinking, where there is any, apart from the answer.
void Print(string thinking, string answer)
{
    var match = Regex.Match(answer, @"^\s*<think>(.*?)</think>(.*)", RegexOptions.Singleline);
    if (match.Success) (thinking, answer) = (match.Groups[1].Value, match.Groups[2].Value);
    Console.WriteLine(thinking.Trim() == ""
        ? $"Response: {answer}"
        : $"Thinking: {thinking.Trim()}\n\nAnswer: {answer.Trim()}");
}
