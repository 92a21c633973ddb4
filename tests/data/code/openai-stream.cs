// export AZURE_INFERENCE_ENDPOINT="https://a/openai/v1" AZURE_INFERENCE_CREDENTIAL="its key"
// dotnet add package OpenAI
// dotnet add package System.Net.ServerSentEvents

using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net.ServerSentEvents;
using System.Text.Json;
using OpenAI;
using OpenAI.Chat;

var client = new ChatClient(
    "DeepSeek-R1",
    new ApiKeyCredential(Environment.GetEnvironmentVariable("AZURE_INFERENCE_CREDENTIAL")!),
    new OpenAIClientOptions
    {
        Endpoint = new Uri(Environment.GetEnvironmentVariable("AZURE_INFERENCE_ENDPOINT")!),
    });

var body = BinaryData.FromString("""
{
  "messages": [
    {
      "role": "system",
      "content": "You are a helpful assistant."
    },
    {
      "role": "user",
      "content": "How many languages are in the world?"
    }
  ],
  "model": "DeepSeek-R1",
  "stream": true
}
""");

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

ClientResult result = client.CompleteChat(
    BinaryContent.Create(body), new RequestOptions { BufferResponse = false });
Stream stream = result.GetRawResponse().ContentStream!;
foreach (SseItem<string> item in SseParser.Create(stream).Enumerate())
{
    if (item.Data == "[DONE]") break;
    using JsonDocument chunk = JsonDocument.Parse(item.Data);
    foreach (JsonElement choice in chunk.RootElement.GetProperty("choices").EnumerateArray())
    {
        JsonElement delta = choice.GetProperty("delta");
        string Text(string name) => delta.TryGetProperty(name, out var value) ? $"{value}" : "";
        Say("Thinking", Text("reasoning_content"));
        Add(Text("content"));
    }
}
Say("Answer", text);
Console.WriteLine();
