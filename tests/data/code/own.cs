// export AZURE_INFERENCE_ENDPOINT="https://RESOURCE.services.ai.azure.com/models" AZURE_INFERENCE_CREDENTIAL="its key"
// dotnet add package Azure.AI.Inference --prerelease

using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
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
    Tools =
    {
        new ChatCompletionsToolDefinition(
            new FunctionDefinition("get_flight_info")
            {
                Parameters = BinaryData.FromString("""
                {
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
                """),
            }),
        new ChatCompletionsToolDefinition(
            new FunctionDefinition("get_time")
            {
                Parameters = BinaryData.FromString("""
                {
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
                """),
            }),
        new ChatCompletionsToolDefinition(
            new FunctionDefinition("calculate")
            {
                Parameters = BinaryData.FromString("""
                {
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
                """),
            }),
        new ChatCompletionsToolDefinition(
            new FunctionDefinition("read_file")
            {
                Parameters = BinaryData.FromString("""
                {
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
                """),
            }),
        new ChatCompletionsToolDefinition(
            new FunctionDefinition("list_dir")
            {
                Parameters = BinaryData.FromString("""
                {
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
                """),
            }),
    },
};

try
{
    while (await AskAsync())
    {
        options.ToolChoice = null; // it was for the first answer
    }
}
catch (RequestFailedException error) when (error.ErrorCode == "content_filter")
{
    return Stop(error.Message.Split('\n')[0], $"{error.GetRawResponse()?.Content}");
}
return Environment.ExitCode;

// Prints the answer; returns whether it calls, and then goes on with the results.
async Task<bool> AskAsync()
{
    ChatCompletions response = (await client.CompleteAsync(options)).Value;
    if (response.FinishReason == CompletionsFinishReason.ContentFiltered)
    {
        Stop("the answer was cut off");
    }
    if (response.ToolCalls.Count > 0)
    {
        options.Messages.Add(new ChatRequestAssistantMessage(response));
        foreach (ChatCompletionsToolCall call in response.ToolCalls)
        {
            options.Messages.Add(new ChatRequestToolMessage(Run(call.Name, call.Arguments), call.Id));
        }
        return true;
    }
    Print("", response.Content ?? "");
    Console.WriteLine($"Model: {response.Model}");
    Console.WriteLine("Usage:");
    Console.WriteLine($"  Prompt tokens: {response.Usage.PromptTokens}");
    Console.WriteLine($"  Total tokens: {response.Usage.TotalTokens}");
    Console.WriteLine($"  Completion tokens: {response.Usage.CompletionTokens}");
    return false;
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

// Prints the thinking, where there is any, apart from the answer.
void Print(string thinking, string answer)
{
    var match = Regex.Match(answer, @"^\s*<think>(.*?)</think>(.*)", RegexOptions.Singleline);
    if (match.Success) (thinking, answer) = (match.Groups[1].Value, match.Groups[2].Value);
    Console.WriteLine(thinking.Trim() == ""
        ? $"Response: {answer}"
        : $"Thinking: {thinking.Trim()}\n\nAnswer: {answer.Trim()}");
}
