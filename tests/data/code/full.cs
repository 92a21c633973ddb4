// export AZURE_INFERENCE_ENDPOINT="https://RESOURCE.services.ai.azure.com/models" AZURE_INFERENCE_CREDENTIAL="its key"
// dotnet add package Azure.AI.Inference --prerelease

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

ChatCompletions response = client.Complete(options).Value;
string answer = response.Content ?? "", thinking = "";
var match = Regex.Match(answer, @"^\s*<think>(.*?)</think>(.*)", RegexOptions.Singleline);
if (match.Success)
{
    thinking = match.Groups[1].Value;
    answer = match.Groups[2].Value;
}

Console.WriteLine(string.IsNullOrEmpty(thinking)
    ? $"Response: {answer}"
    : $"Thinking: {thinking.Trim()}\n\nAnswer: {answer.Trim()}");
foreach (ChatCompletionsToolCall call in response.ToolCalls)
{
    Console.WriteLine($"Tool call: {call.Name}({call.Arguments})");
}
Console.WriteLine($"Model: {response.Model}");
Console.WriteLine("Usage:");
Console.WriteLine($"  Prompt tokens: {response.Usage.PromptTokens}");
Console.WriteLine($"  Total tokens: {response.Usage.TotalTokens}");
Console.WriteLine($"  Completion tokens: {response.Usage.CompletionTokens}");
