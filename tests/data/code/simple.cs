// export AZURE_INFERENCE_ENDPOINT="https://RESOURCE.services.ai.azure.com/models" AZURE_INFERENCE_CREDENTIAL="its key"
// dotnet add package Azure.AI.Inference --prerelease

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
};

ChatCompletions response = client.Complete(options).Value;
string answer = response.Content ?? "", thinking = "";
var match = Regex.Match(answer, @"^\s*<think>(.*?)</think>(.*)", RegexOptions.Singleline);
if (match.Success)
{
    thinking = match.Groups[1].Value;
    answer = match.Groups[2].Value;
}

Console.WriteLine(string.IsNullOrEmpty(thinking)
    ? $"Response: {answer}"
    : $"Thinking: {thinking.Trim()}\n\nAnswer: {answer.Trim()}");
Console.WriteLine($"Model: {response.Model}");
Console.WriteLine("Usage:");
Console.WriteLine($"  Prompt tokens: {response.Usage.PromptTokens}");
Console.WriteLine($"  Total tokens: {response.Usage.TotalTokens}");
Console.WriteLine($"  Completion tokens: {response.Usage.CompletionTokens}");
