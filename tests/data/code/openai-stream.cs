// export AZURE_INFERENCE_ENDPOINT="https://RESOURCE.openai.azure.com/openai/v1"
// dotnet add package OpenAI
// dotnet add package Azure.Identity

using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Azure.Identity;
using OpenAI;
using OpenAI.Chat;

string endpoint = Environment.GetEnvironmentVariable("AZURE_INFERENCE_ENDPOINT")!;
#pragma warning disable OPENAI001
var client = new ChatClient(
    "DeepSeek-R1",
    new BearerTokenPolicy(new DefaultAzureCredential(), "https://ai.azure.com/.default"),
    new OpenAIClientOptions { Endpoint = new Uri(endpoint) });

JsonNode request = JsonNode.Parse("""
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
  "tools": [
    {
      "type": "function",
      "function": {
        "name": "get_flight_info",
        "parameters": {
          "type": "object",
          "properties": {
            "origin_city": {
              "type": "string"
            },
            "destination_city": {
              "type": "string"
            },
            "zone": {
              "type": "string"
            },
            "expression": {
              "type": "string"
            },
            "path": {
              "type": "string"
            }
          }
        }
      }
    },
    {
      "type": "function",
      "function": {
        "name": "get_time",
        "parameters": {
          "type": "object",
          "properties": {
            "origin_city": {
              "type": "string"
            },
            "destination_city": {
              "type": "string"
            },
            "zone": {
              "type": "string"
            },
            "expression": {
              "type": "string"
            },
            "path": {
              "type": "string"
            }
          }
        }
      }
    },
    {
      "type": "function",
      "function": {
        "name": "calculate",
        "parameters": {
          "type": "object",
          "properties": {
            "origin_city": {
              "type": "string"
            },
            "destination_city": {
              "type": "string"
            },
            "zone": {
              "type": "string"
            },
            "expression": {
              "type": "string"
            },
            "path": {
              "type": "string"
            }
          }
        }
      }
    },
    {
      "type": "function",
      "function": {
        "name": "read_file",
        "parameters": {
          "type": "object",
          "properties": {
            "origin_city": {
              "type": "string"
            },
            "destination_city": {
              "type": "string"
            },
            "zone": {
              "type": "string"
            },
            "expression": {
              "type": "string"
            },
            "path": {
              "type": "string"
            }
          }
        }
      }
    },
    {
      "type": "function",
      "function": {
        "name": "list_dir",
        "parameters": {
          "type": "object",
          "properties": {
            "origin_city": {
              "type": "string"
            },
            "destination_city": {
              "type": "string"
            },
            "zone": {
              "type": "string"
            },
            "expression": {
              "type": "string"
            },
            "path": {
              "type": "string"
            }
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
catch (ClientResultException error)
    when ($"{error.GetRawResponse()?.Content}".Contains("\"content_filter\""))
{
    string body = $"{error.GetRawResponse()?.Content}";
    return Stop($"{JsonNode.Parse(body)?["error"]?["message"]}", body);
}
return Environment.ExitCode;

// Prints the answer; returns whether it calls, and then goes on with the results.
async Task<bool> AskAsync()
{
    using var reader = new StreamReader(await SendAsync());
    var message = new JsonObject { ["role"] = "assistant" };
    string text = "", reason = "";
    JsonNode? usage = null;
    var calls = new JsonArray();
    var printer = new Printer();
    while (await reader.ReadLineAsync() is { } line)
    {
        if (!line.StartsWith("data:") || line.Contains("[DONE]")) continue;
        JsonNode told = JsonNode.Parse(line[5..])!;
        usage = told["usage"] ?? usage;
        if (told["choices"] is not JsonArray { Count: > 0 } choices) continue;
        JsonNode delta = choices[0]!["delta"]!;
        reason = $"{choices[0]!["finish_reason"] ?? reason}";
        text += $"{delta["content"]}";
        printer.Say("Thinking", $"{delta["reasoning_content"]}");
        printer.Add($"{delta["content"]}");
        foreach (JsonNode? piece in delta["tool_calls"] as JsonArray ?? new JsonArray())
        {
            if (piece!["id"] is { } id && $"{calls.LastOrDefault()?["id"]}" != $"{id}")
            {
                calls.Add(piece.DeepClone());
                continue;
            }
            JsonNode function = calls[^1]!["function"]!;
            function["arguments"] = $"{function["arguments"]}{piece["function"]?["arguments"]}";
        }
    }
    printer.Add("", isLast: true);
    Console.WriteLine("\n");
    (message["content"], message["tool_calls"]) = (text, calls);
    if (reason == "content_filter") Stop("the answer was cut off");
    if (calls.Count > 0)
    {
        var messages = (JsonArray)request["messages"]!;
        messages.Add(message.DeepClone());
        foreach (JsonNode? call in calls)
        {
            JsonNode called = call!["function"]!;
            messages.Add(new JsonObject
            {
                ["role"] = "tool",
                ["tool_call_id"] = $"{call["id"]}",
                ["content"] = Run($"{called["name"]}", $"{called["arguments"]}"),
            });
        }
        return true;
    }
    Console.WriteLine("Usage:");
    Console.WriteLine($"  Prompt tokens: {usage?["prompt_tokens"]}");
    Console.WriteLine($"  Total tokens: {usage?["total_tokens"]}");
    Console.WriteLine($"  Completion tokens: {usage?["completion_tokens"]}");
    return false;
}

// Sends the request; returns what comes.
async Task<Stream> SendAsync()
{
    var how = new RequestOptions { BufferResponse = false };
    var body = BinaryContent.Create(BinaryData.FromString(request.ToJsonString()));
    ClientResult result = await client.CompleteChatAsync(body, how);
    return result.GetRawResponse().ContentStream!;
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
        "get_flight_info" => ToolGetFlightInfo(Given<string>("origin_city"), Given<string>("destination_city"), Given<string>("zone"), Given<string>("expression"), Given<string>("path")),
        "get_time" => ToolGetTime(Given<string>("origin_city"), Given<string>("destination_city"), Given<string>("zone"), Given<string>("expression"), Given<string>("path")),
        "calculate" => ToolCalculate(Given<string>("origin_city"), Given<string>("destination_city"), Given<string>("zone"), Given<string>("expression"), Given<string>("path")),
        "read_file" => ToolReadFile(Given<string>("origin_city"), Given<string>("destination_city"), Given<string>("zone"), Given<string>("expression"), Given<string>("path")),
        "list_dir" => ToolListDir(Given<string>("origin_city"), Given<string>("destination_city"), Given<string>("zone"), Given<string>("expression"), Given<string>("path")),
        _ => $"error: there is no function {name}",
    };
    string result = JsonSerializer.Serialize(returned);
    Console.WriteLine($"-> {result}\n");
    return result;
}

object ToolGetFlightInfo(string? origin_city, string? destination_city, string? zone, string? expression, string? path) => new
{
    info = $"There are no flights available from {origin_city} to {destination_city}. "
        + "You should take a train, specially if it helps to reduce CO2 emissions.",
};

object ToolGetTime(string? origin_city, string? destination_city, string? zone, string? expression, string? path)
{
    TimeZoneInfo place = string.IsNullOrEmpty(zone)
        ? TimeZoneInfo.Local
        : TimeZoneInfo.FindSystemTimeZoneById(zone);
    return $"{TimeZoneInfo.ConvertTime(DateTimeOffset.Now, place):yyyy-MM-ddTHH:mm:sszzz (dddd)}";
}

object ToolCalculate(string? origin_city, string? destination_city, string? zone, string? expression, string? path) =>
    Regex.IsMatch(expression, @"^[\d\s.+\-*/%()]{1,200}$")
        ? $"{new System.Data.DataTable().Compute(expression, null)}"
        : "error: that is more than + - * / % and parentheses";

object ToolReadFile(string? origin_city, string? destination_city, string? zone, string? expression, string? path)
{
    string file = Path.GetFullPath(path);
    bool isInside = file.StartsWith(Directory.GetCurrentDirectory() + Path.DirectorySeparatorChar);
    return isInside ? File.ReadAllText(file) : $"error: {path} is outside the current folder";
}

object ToolListDir(string? origin_city, string? destination_city, string? zone, string? expression, string? path)
{
    string folder = Path.GetFullPath(path ?? ".");
    bool isInside = folder.StartsWith(Directory.GetCurrentDirectory());
    if (!isInside) return $"error: {path} is outside the current folder";
    return Directory.EnumerateFileSystemEntries(folder)
        .Select(entry => Path.GetFileName(entry) + (Directory.Exists(entry) ? "/" : ""))
        .Order();
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
