// export AZURE_INFERENCE_ENDPOINT="https://RESOURCE.openai.azure.com/openai/v1" AZURE_INFERENCE_CREDENTIAL="its key"

using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

string endpoint = Environment.GetEnvironmentVariable("AZURE_INFERENCE_ENDPOINT")!;
string key = Environment.GetEnvironmentVariable("AZURE_INFERENCE_CREDENTIAL")!;
using var client = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };

JsonNode request = JsonNode.Parse("""
{
  "model": "gpt-5.6",
  "input": [
    {
      "role": "user",
      "content": "hi"
    }
  ],
  "reasoning": {
    "summary": "auto"
  },
  "tools": [
    {
      "type": "function",
      "name": "get_time",
      "parameters": {
        "type": "object",
        "properties": {
          "zone": {
            "type": "string"
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
    JsonNode response = new JsonObject();
    var printer = new Printer();
    while (await reader.ReadLineAsync() is { } line)
    {
        if (!line.StartsWith("data:") || line.Contains("[DONE]")) continue;
        JsonNode told = JsonNode.Parse(line[5..])!;
        response = told["response"] ?? response; // the last has all of it
        string part = $"{told["type"]}" switch
        {
            "response.reasoning_summary_text.delta" or "response.reasoning_text.delta" => "Thinking",
            "response.output_text.delta" or "response.refusal.delta" => "Answer",
            _ => "",
        };
        if (part != "") printer.Say(part, $"{told["delta"]}");
    }
    Console.WriteLine("\n");
    if (response["error"] is { } error)
    {
        if (!$"{error["code"]}".StartsWith("content")) throw new Exception($"{error}");
        Stop($"{error["message"]}");
    }
    if ($"{response["incomplete_details"]?["reason"]}" == "content_filter")
    {
        Stop("the answer was cut off");
    }
    JsonArray output = response["output"] as JsonArray ?? new JsonArray();
    var calls = output.Where(item => $"{item!["type"]}" == "function_call").ToList();
    if (calls.Count > 0)
    {
        var input = (JsonArray)request["input"]!;
        foreach (JsonNode? item in output) input.Add(item!.DeepClone());
        foreach (JsonNode? call in calls)
        {
            input.Add(new JsonObject
            {
                ["type"] = "function_call_output",
                ["call_id"] = $"{call!["call_id"]}",
                ["output"] = Run($"{call["name"]}", $"{call["arguments"]}"),
            });
        }
        return true;
    }
    Console.WriteLine("Usage:");
    Console.WriteLine($"  Prompt tokens: {response["usage"]?["input_tokens"]}");
    Console.WriteLine($"  Total tokens: {response["usage"]?["total_tokens"]}");
    Console.WriteLine($"  Completion tokens: {response["usage"]?["output_tokens"]}");
    return false;
}

// Sends the request; returns what comes.
async Task<Stream> SendAsync()
{
    using var message = new HttpRequestMessage(HttpMethod.Post, $"{endpoint}/responses")
    {
        Content = new StringContent(request.ToJsonString(), Encoding.UTF8, "application/json"),
    };
    message.Headers.Add("api-key", key);
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
        "get_time" => ToolGetTime(Given<string>("zone")),
        _ => $"error: there is no function {name}",
    };
    string result = JsonSerializer.Serialize(returned);
    Console.WriteLine($"-> {result}\n");
    return result;
}

object ToolGetTime(string? zone) =>
    "TODO: what get_time returns";

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
