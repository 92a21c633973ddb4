// export AZURE_INFERENCE_ENDPOINT="https://a/anthropic" AZURE_INFERENCE_CREDENTIAL="its key"

using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

string endpoint = Environment.GetEnvironmentVariable("AZURE_INFERENCE_ENDPOINT")!;
string key = Environment.GetEnvironmentVariable("AZURE_INFERENCE_CREDENTIAL")!;
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
  ],
  "stream": true
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
    var content = new JsonArray();
    JsonNode? usage = null;
    string reason = "", json = "";
    var printer = new Printer();
    while (await reader.ReadLineAsync() is { } line)
    {
        if (!line.StartsWith("data:") || line.Contains("[DONE]")) continue;
        JsonNode told = JsonNode.Parse(line[5..])!;
        JsonNode? delta = told["delta"];
        switch ($"{told["type"]}")
        {
            case "content_block_start":
                content.Add(told["content_block"]!.DeepClone());
                json = "";
                break;
            case "content_block_delta":
                JsonNode block = content[^1]!;
                foreach (string field in new[] { "text", "thinking", "signature" })
                {
                    if (delta![field] is { } more) block[field] = $"{block[field]}{more}";
                }
                json += $"{delta!["partial_json"]}";
                printer.Say("Thinking", $"{delta["thinking"]}");
                printer.Say("Answer", $"{delta["text"]}");
                break;
            case "content_block_stop" when json != "":
                content[^1]!["input"] = JsonNode.Parse(json);
                break;
            case "message_delta":
                (reason, usage) = ($"{delta!["stop_reason"]}", told["usage"]);
                break;
        }
    }
    Console.WriteLine("\n");
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
    message.Headers.Add("x-api-key", key);
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
