// export AZURE_INFERENCE_ENDPOINT="https://RESOURCE.openai.azure.com/openai/v1" AZURE_INFERENCE_CREDENTIAL="its key"
// dotnet add package OpenAI

using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using OpenAI;
using OpenAI.Chat;

string endpoint = Environment.GetEnvironmentVariable("AZURE_INFERENCE_ENDPOINT")!;
#pragma warning disable OPENAI001
var client = new ChatClient(
    "gpt-4o",
    new ApiKeyCredential(Environment.GetEnvironmentVariable("AZURE_INFERENCE_CREDENTIAL")!),
    new OpenAIClientOptions { Endpoint = new Uri(endpoint) });

JsonNode request = JsonNode.Parse("""
{
  "messages": [
    {
      "role": "developer",
      "content": "Say \"hi\"\nand\tstop \\ { } 🦀"
    },
    {
      "role": "user",
      "content": [
        {
          "type": "text",
          "text": "What is this?"
        },
        {
          "type": "image_url",
          "image_url": {
            "url": "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
          }
        },
        {
          "type": "image_url",
          "image_url": {
            "url": "https://a/b.png",
            "detail": "low"
          }
        }
      ]
    },
    {
      "role": "assistant",
      "content": "",
      "tool_calls": [
        {
          "id": "c1",
          "type": "function",
          "function": {
            "name": "f",
            "arguments": "{\"a\": 1}"
          }
        }
      ]
    },
    {
      "role": "tool",
      "tool_call_id": "c1",
      "content": "42"
    },
    {
      "role": "assistant",
      "content": "It is 42."
    },
    {
      "role": "user",
      "content": "And now?"
    }
  ],
  "model": "gpt-4o",
  "temperature": 0.5,
  "top_p": 1.0,
  "max_tokens": 100,
  "presence_penalty": -1.0,
  "frequency_penalty": 2.0,
  "stop": [
    "END"
  ],
  "seed": 7,
  "response_format": {
    "type": "json_schema",
    "json_schema": {
      "name": "answer",
      "strict": true,
      "schema": {
        "type": "object"
      }
    }
  },
  "tools": [
    {
      "type": "function",
      "function": {
        "name": "f",
        "description": "Counts",
        "parameters": {
          "type": "object",
          "properties": {
            "a": {
              "type": "integer"
            }
          }
        }
      }
    }
  ],
  "tool_choice": {
    "type": "function",
    "function": {
      "name": "f"
    }
  },
  "safe_mode": true
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
    JsonNode response = JsonNode.Parse(await reader.ReadToEndAsync())!;
    JsonNode message = response["choices"]![0]!["message"]!;
    string reason = $"{response["choices"]![0]!["finish_reason"]}";
    JsonNode? usage = response["usage"];
    JsonArray calls = message["tool_calls"] as JsonArray ?? new JsonArray();
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
    Print($"{message["reasoning_content"]}", $"{message["content"]}");
    Console.WriteLine($"Model: {response["model"]}");
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
