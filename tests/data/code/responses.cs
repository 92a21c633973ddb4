// export AZURE_INFERENCE_ENDPOINT="https://RESOURCE.openai.azure.com/openai/v1"
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
    var thinking = new List<string>();
    string answer = "";
    foreach (JsonNode? item in output)
    {
        bool thinks = $"{item!["type"]}" == "reasoning";
        var summary = item["summary"] as JsonArray;
        JsonArray? parts = summary is { Count: > 0 } ? summary : item["content"] as JsonArray;
        foreach (JsonNode? part in parts ?? new JsonArray())
        {
            if (thinks) thinking.Add($"{part!["text"]}");
            else answer += $"{part!["text"]}";
        }
    }
    Print(string.Join("\n\n", thinking), answer);
    Console.WriteLine($"Model: {response["model"]}");
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
    AccessToken token = await credential.GetTokenAsync(wanted);
    message.Headers.Add("Authorization", $"Bearer {token.Token}");
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

object ToolGetTime(string? zone)
{
    TimeZoneInfo place = string.IsNullOrEmpty(zone)
        ? TimeZoneInfo.Local
        : TimeZoneInfo.FindSystemTimeZoneById(zone);
    return $"{TimeZoneInfo.ConvertTime(DateTimeOffset.Now, place):yyyy-MM-ddTHH:mm:sszzz (dddd)}";
}

// Prints the thinking, where there is any, apart from the answer.
void Print(string thinking, string answer)
{
    Console.WriteLine(thinking.Trim() == ""
        ? $"Response: {answer}"
        : $"Thinking: {thinking.Trim()}\n\nAnswer: {answer.Trim()}");
}
