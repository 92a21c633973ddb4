// export AZURE_INFERENCE_ENDPOINT="https://RESOURCE.services.ai.azure.com/models" AZURE_INFERENCE_CREDENTIAL="its key"
// dotnet add package Azure.AI.Inference --prerelease

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
}
Say("Answer", text);
Console.WriteLine();
