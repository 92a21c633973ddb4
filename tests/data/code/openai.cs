// export AZURE_INFERENCE_ENDPOINT="https://RESOURCE.openai.azure.com/openai/v1" AZURE_INFERENCE_CREDENTIAL="its key"
// dotnet add package OpenAI

using System.ClientModel;
using System.Text.Json;
using System.Text.RegularExpressions;
using OpenAI;
using OpenAI.Chat;

var client = new ChatClient(
    "gpt-4o",
    new ApiKeyCredential(Environment.GetEnvironmentVariable("AZURE_INFERENCE_CREDENTIAL")!),
    new OpenAIClientOptions
    {
        Endpoint = new Uri(Environment.GetEnvironmentVariable("AZURE_INFERENCE_ENDPOINT")!),
    });

var body = BinaryData.FromString("""
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
""");

ClientResult result = client.CompleteChat(BinaryContent.Create(body));
using JsonDocument document = JsonDocument.Parse(result.GetRawResponse().Content);
JsonElement response = document.RootElement;
JsonElement message = response.GetProperty("choices")[0].GetProperty("message");
string Text(string name) => message.TryGetProperty(name, out var value) ? $"{value}" : "";
string answer = Text("content"), thinking = Text("reasoning_content");
var match = Regex.Match(answer, @"^\s*<think>(.*?)</think>(.*)", RegexOptions.Singleline);
if (match.Success)
{
    thinking = match.Groups[1].Value;
    answer = match.Groups[2].Value;
}

Console.WriteLine(string.IsNullOrEmpty(thinking)
    ? $"Response: {answer}"
    : $"Thinking: {thinking.Trim()}\n\nAnswer: {answer.Trim()}");
if (message.TryGetProperty("tool_calls", out var calls) && calls.ValueKind == JsonValueKind.Array)
{
    foreach (JsonElement call in calls.EnumerateArray())
    {
        JsonElement function = call.GetProperty("function");
        (JsonElement name, JsonElement arguments) =
            (function.GetProperty("name"), function.GetProperty("arguments"));
        Console.WriteLine($"Tool call: {name}({arguments})");
    }
}
JsonElement usage = response.GetProperty("usage");
Console.WriteLine($"Model: {response.GetProperty("model")}");
Console.WriteLine("Usage:");
Console.WriteLine($"  Prompt tokens: {usage.GetProperty("prompt_tokens")}");
Console.WriteLine($"  Total tokens: {usage.GetProperty("total_tokens")}");
Console.WriteLine($"  Completion tokens: {usage.GetProperty("completion_tokens")}");
