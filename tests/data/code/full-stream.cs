// export AZURE_INFERENCE_ENDPOINT="https://RESOURCE.services.ai.azure.com/models" AZURE_INFERENCE_CREDENTIAL="its key"
// dotnet add package Azure.AI.Inference --prerelease

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

string spoken = "", text = "";
bool isThinking = false;

void Say(string part, string more)
{
    if (part != spoken)
    {
        more = more.TrimStart();
        if (more == "") return;
        Console.Write(spoken == "" ? $"{part}: " : $"\n\n{part}: ");
        spoken = part;
    }
    Console.Write(more);
}

void Add(string more)
{
    text += more;
    if (!isThinking && text.Contains("<think>"))
    {
        (isThinking, text) = (true, text[(text.IndexOf("<think>") + 7)..]);
    }
    if (isThinking && text.Contains("</think>"))
    {
        int end = text.IndexOf("</think>");
        Say("Thinking", text[..end].TrimEnd());
        (isThinking, text) = (false, text[(end + 8)..]);
    }
    if (text.LastIndexOf('<') < text.Length - 8 || !text.Contains('<'))
    {
        Say(isThinking ? "Thinking" : "Answer", text);
        text = "";
    } // else it may be the beginning of a tag
}

var updates = await client.CompleteStreamingAsync(options);
await foreach (StreamingChatCompletionsUpdate update in updates)
{
    Add(update.ContentUpdate ?? "");
    if (update.ToolCallUpdate is { } call)
    {
        Say("Tool call", $"{call.Function?.Name}{call.Function?.Arguments}");
    }
}
Say("Answer", text);
Console.WriteLine();
