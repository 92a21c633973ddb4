// export AZURE_INFERENCE_ENDPOINT="https://a/anthropic"
// dotnet add package Azure.Identity

using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Azure.Core;
using Azure.Identity;

string endpoint = Environment.GetEnvironmentVariable("AZURE_INFERENCE_ENDPOINT")!;
var credential = new DefaultAzureCredential();
var wanted = new TokenRequestContext(new[] { "https://ai.azure.com/.default" });
using var client = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };

JsonNode request = JsonNode.Parse("""
{
  "model": "claude-opus-5-5",
  "max_tokens": 100,
  "messages": [
    {
      "role": "user",
      "content": "hi"
    }
  ],
  "tools": [
    {
      "name": "get-the.weather",
      "input_schema": {
        "type": "object",
        "required": [
          "class",
          "the day"
        ],
        "properties": {
          "class": {
            "type": "string"
          },
          "the day": {
            "type": "integer"
          },
          "x": {
            "type": "number"
          },
          "y": {
            "type": [
              "null",
              "string"
            ]
          }
        }
      }
    }
  ]
}
""")!;

try
{
    while (await AskAsync())
    {
        ((JsonObject)request).Remove("tool_choice"); // it was for the first answer
    }
}
catch (HttpRequestException error) when (error.Message.Contains("\"content_filter\""))
{
    string body = error.Message;
    return Stop($"{JsonNode.Parse(body)?["error"]?["message"]}", body);
}
return Environment.ExitCode;

// Prints the answer; returns whether it calls, and then goes on with the results.
async Task<bool> AskAsync()
{
    using var reader = new StreamReader(await SendAsync());
    JsonNode response = JsonNode.Parse(await reader.ReadToEndAsync())!;
    var content = (JsonArray)response["content"]!;
    JsonNode? usage = response["usage"];
    string reason = $"{response["stop_reason"]}";
    if (reason == "refusal") Stop("the model refused to answer");
    var calls = content.Where(block => $"{block!["type"]}" == "tool_use").ToList();
    if (calls.Count > 0)
    {
        var results = new JsonArray();
        foreach (JsonNode? call in calls)
        {
            results.Add(new JsonObject
            {
                ["type"] = "tool_result",
                ["tool_use_id"] = $"{call!["id"]}",
                ["content"] = Run($"{call["name"]}", call["input"]!.ToJsonString()),
            });
        }
        var messages = (JsonArray)request["messages"]!;
        messages.Add(new JsonObject { ["role"] = "assistant", ["content"] = content.DeepClone() });
        messages.Add(new JsonObject { ["role"] = "user", ["content"] = results });
        return true;
    }
    string Joined(string type) => string.Join("\n\n", content
        .Where(block => $"{block!["type"]}" == type)
        .Select(block => $"{block![type]}"));
    Print(Joined("thinking"), Joined("text"));
    Console.WriteLine($"Model: {response["model"]}");
    Console.WriteLine("Usage:");
    Console.WriteLine($"  Input tokens: {usage?["input_tokens"]}");
    Console.WriteLine($"  Output tokens: {usage?["output_tokens"]}");
    return false;
}

// Sends the request; returns what comes.
async Task<Stream> SendAsync()
{
    using var message = new HttpRequestMessage(HttpMethod.Post, $"{endpoint}/v1/messages")
    {
        Content = new StringContent(request.ToJsonString(), Encoding.UTF8, "application/json"),
    };
    AccessToken token = await credential.GetTokenAsync(wanted);
    message.Headers.Add("Authorization", $"Bearer {token.Token}");
    message.Headers.Add("anthropic-version", "2023-06-01");
    var reply = await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
    if (!reply.IsSuccessStatusCode)
    {
        throw new HttpRequestException(await reply.Content.ReadAsStringAsync());
    }
    return await reply.Content.ReadAsStreamAsync();
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
        "get-the.weather" => ToolGetTheWeather(Given<string>("class")!, Given<long>("the day"), Given<double?>("x"), Given<JsonElement?>("y")),
        _ => $"error: there is no function {name}",
    };
    string result = JsonSerializer.Serialize(returned);
    Console.WriteLine($"-> {result}\n");
    return result;
}

object ToolGetTheWeather(string @class, long field2, double? x, JsonElement? y) =>
    "TODO: what get-the.weather returns";

// Prints the thinking, where there is any, apart from the answer.
void Print(string thinking, string answer)
{
    Console.WriteLine(thinking.Trim() == ""
        ? $"Response: {answer}"
        : $"Thinking: {thinking.Trim()}\n\nAnswer: {answer.Trim()}");
}
