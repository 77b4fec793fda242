using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Enrollment;
using EdgeFace.Agent.Hosting;
using EdgeFace.Core;
using EdgeFace.Gallery;
using EdgeFace.Inference;
using EdgeFace.Messaging.Requests;

namespace EdgeFace.Agent.Requests;

/// <summary>
/// Requests that look at a picture. Each loads models of its own and lets them go: the cameras' serve one thread each, and a board
/// has no memory to keep a set for what is asked once a day.
/// </summary>
internal sealed class RecognitionRequests(AgentRuntime runtime, ILoggerFactory loggers)
{
    private AgentOptions Options => runtime.LiveOptions;

    public JsonNode? Identify(JsonObject request)
    {
        var picture = RequestPictures.Decode(request["picture"], "picture");
        using var models = AgentRuntime.LoadModels(Options, loggers);
        var identity = PictureIdentity.Of("picture", picture, models, runtime.Gallery, AgentRuntime.PolicyOf(Options.Recognition, models.Embedder));
        return JsonSerializer.SerializeToNode(identity, SettingsReader.JsonOptions);
    }

    public JsonNode? Enroll(JsonObject request)
    {
        var name = NameOf(request);
        var largest = Flag(request, "largest");
        var pictures = request["pictures"] as JsonArray;
        if (pictures is not { Count: > 0 and <= RequestPictures.Most })
            throw new RequestException(RequestCode.Bad, $"pictures must be a list of 1 to {RequestPictures.Most} pictures");
        using var models = AgentRuntime.LoadModels(Options, loggers);
        var check = new EnrollmentCheck(new FaceAnalyzer(models), Options.Enrollment);
        var verdicts = new List<EnrollmentVerdict>();
        for (var i = 0; i < pictures.Count; i++)
            verdicts.Add(Check(check, pictures[i], $"picture {i + 1}", largest));
        if (verdicts.Find(verdict => !verdict.Accepted) is { } refused)
            throw new RequestException(RequestCode.NotAcceptable, $"nobody was enrolled: {refused.Picture}: {refused.Refusal}", Describe(verdicts));
        return Keep(name, verdicts, models.Embedder);
    }

    private JsonNode? Keep(string name, List<EnrollmentVerdict> verdicts, FaceEmbedder embedder)
    {
        var resembles = Resemblance.Find(runtime.Gallery, AgentRuntime.PolicyOf(Options.Recognition, embedder), name, verdicts);
        try
        {
            var person = runtime.Store.Enroll(name, verdicts.ConvertAll(verdict => new NewTemplate(
                verdict.Face!.Embedding!, verdict.Face.Quality.Total, Sigma: null, "request")));
            // No name: the answer is kept on disk for a repetition.
            return new JsonObject
            {
                ["person_id"] = person.Id,
                ["resembles"] = resembles is { } match ? new JsonObject { ["person_id"] = match.Person.Id, ["similarity"] = match.Similarity } : null,
                ["pictures"] = Describe(verdicts),
            };
        }
        catch (InputException exception)
        {
            throw new RequestException(RequestCode.Failed, exception.Message);
        }
    }

    private static EnrollmentVerdict Check(EnrollmentCheck check, JsonNode? node, string name, bool largest)
    {
        try
        {
            return check.Check(name, RequestPictures.Decode(node, name), largest);
        }
        catch (RequestException exception) when (exception.Code == RequestCode.NotAcceptable)
        {
            return new EnrollmentVerdict(name, null, null, exception.Message);
        }
    }

    private static string NameOf(JsonObject request)
    {
        if (request["name"] is not JsonValue value || !value.TryGetValue<string>(out var name))
            throw new RequestException(RequestCode.Bad, "name must be a text");
        return PersonName.TryParse(name, out var trimmed, out var reason) ? trimmed : throw new RequestException(RequestCode.Bad, reason);
    }

    private static bool Flag(JsonObject request, string name)
        => request[name] is { } node && (node is JsonValue value && value.TryGetValue<bool>(out var flag) ? flag : throw new RequestException(RequestCode.Bad, $"{name} must be true or false"));

    private static JsonArray Describe(List<EnrollmentVerdict> verdicts) => [.. verdicts.Select(verdict => (JsonNode)new JsonObject
    {
        ["picture"] = verdict.Picture,
        ["accepted"] = verdict.Accepted,
        ["refusal"] = verdict.Refusal,
        ["quality"] = verdict.Face?.Quality.Total,
        ["sharpness"] = verdict.Face?.Quality.Sharpness,
    })];
}
