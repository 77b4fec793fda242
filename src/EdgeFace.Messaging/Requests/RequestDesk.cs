using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFace.Core;
using EdgeFace.Messaging.RemoteConfiguration;

namespace EdgeFace.Messaging.Requests;

/// <summary>Where requests go and what bounds them.</summary>
/// <param name="Root">First level of the device's topics.</param>
/// <param name="Device">Its name.</param>
/// <param name="PerMinute">Requests taken in a minute.</param>
/// <param name="Keys">Of those who may sign.</param>
/// <param name="Journal">Knows what must not be done twice.</param>
public sealed record RequestDeskSetup(string Root, string Device, int PerMinute, KeyRing Keys, RequestJournal Journal);

/// <summary>
/// Answers requests: <c>request/NAME</c> with <c>{"transaction": "...", ...}</c> is answered on <c>response/NAME</c>, or on
/// the request's own response topic, with <c>{"status", "data" or "error": {"code", "message"}, "transaction"}</c>. One that is
/// delivered twice is done once and answered twice alike. Requests come from one thread; answers go out from several.
/// </summary>
public sealed class RequestDesk : IDisposable
{
    /// <summary>Longest transaction, characters.</summary>
    public const int MaxTransaction = 128;

    internal const int MaxDepth = 16;

    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly RequestDeskSetup _setup;
    private readonly IReadOnlyDictionary<string, RequestHandler> _handlers;
    private readonly Action<Answer> _send;
    private readonly TimeProvider _time;
    private readonly string _prefix;
    private readonly RateLimit _rate;
    private readonly RequestMemory _memory;
    private readonly RequestWorker _worker = new();
    private readonly Lock _lock = new();

    /// <param name="setup">Where and how many.</param>
    /// <param name="handlers">For each name what is done.</param>
    /// <param name="send">Takes an answer; from any thread.</param>
    /// <param name="time">The clock.</param>
    public RequestDesk(RequestDeskSetup setup, IReadOnlyDictionary<string, RequestHandler> handlers, Action<Answer> send, TimeProvider time)
    {
        _setup = setup;
        _handlers = handlers;
        _send = send;
        _time = time;
        _prefix = Topics.Request(setup.Root, setup.Device, "");
        _rate = new RateLimit(setup.PerMinute, time);
        _memory = new RequestMemory(time);
    }

    /// <summary>The filter to subscribe to.</summary>
    public string Filter => Topics.Request(_setup.Root, _setup.Device, "+");

    /// <summary>Takes a message; a retained one is no request, it would be carried out at every connection.</summary>
    public void Receive(MqttMessage message)
    {
        if (message.Retained || !message.Topic.StartsWith(_prefix, StringComparison.Ordinal))
            return;
        var name = message.Topic[_prefix.Length..];
        var topic = ResponseTopic(message, name);
        Receive(name, message.Payload, response => new Answer(topic, response, message.CorrelationData));
    }

    /// <summary>Takes a request that came in a form of its own.</summary>
    /// <param name="answer">Makes the answer of a response.</param>
    internal void Receive(string name, ReadOnlyMemory<byte> payload, Func<byte[], Answer> answer)
    {
        var call = new Call(name, answer);
        try
        {
            var handler = _handlers.GetValueOrDefault(name);
            var request = Read(payload.Span, handler?.MaxBytes ?? RequestHandler.DefaultMaxBytes);
            // Before anything can refuse it: whoever cannot use MQTT 5 knows his answer by the transaction.
            call.Transaction = SignedRequest.IsEnvelope(request) ? null : Transaction(request);
            if (handler is null)
                throw new RequestException(RequestCode.NotFound, $"there is no such request here; there are {string.Join(", ", _handlers.Keys.Order(StringComparer.Ordinal))}");
            Accept(call, handler, request, Convert.ToHexStringLower(SHA256.HashData(payload.Span)));
        }
        catch (RequestException exception)
        {
            Send(call, Refusal(call, exception));
        }
    }

    public void Dispose() => _worker.Dispose();

    private void Accept(Call call, RequestHandler handler, JsonObject request, string hash)
    {
        request = CheckSignature(call, handler, request);
        CheckMembers(handler, request, isSigned: call.IsSigned);
        if (handler.Once && call.Transaction is null)
            throw new RequestException(RequestCode.Bad, "transaction must be given: a text of your choice, another for each request");
        lock (_lock)
        {
            if (IsKnown(call, handler, hash))
                return;
            if (!_rate.TryTake())
                throw Forgotten(call, new RequestException(RequestCode.TooMany, $"more than {_setup.PerMinute} requests in a minute; try again later"));
        }

        if (!handler.Slow)
            Work(call, handler, request, hash);
        else if (!_worker.TryAdd(() => Work(call, handler, request, hash)))
            throw Forgotten(call, new RequestException(RequestCode.TooMany, "busy with other requests; try again later"));
    }

    private JsonObject CheckSignature(Call call, RequestHandler handler, JsonObject request)
    {
        if (!SignedRequest.IsEnvelope(request))
        {
            return !handler.NeedsSignature || _setup.Keys.IsEmpty
                ? request
                : throw new RequestException(RequestCode.Forbidden, "must be signed with a key of this device's list (remote.keys)");
        }

        call.IsSigned = true;
        var inner = SignedRequest.Open(request, _setup.Keys, _setup.Device, call.Name, _time.GetUtcNow());
        call.Transaction = Transaction(inner);
        return inner;
    }

    private static void CheckMembers(RequestHandler handler, JsonObject request, bool isSigned)
    {
        foreach (var (member, _) in request)
        {
            if (member != "transaction" && !handler.Members.Contains(member) && !(isSigned && SignedRequest.Members.Contains(member)))
                throw new RequestException(RequestCode.Bad, $"{member} is not known in this request; known are {string.Join(", ", handler.Members.Prepend("transaction"))}");
        }
    }

    // True for one that was here before: it has been answered, or its answer is on the way.
    private bool IsKnown(Call call, RequestHandler handler, string hash)
    {
        if (call.Transaction is not { } transaction)
            return false;
        string before;
        byte[]? response;
        var entry = _memory.FindOrBegin(call.Name, transaction, hash);
        var isNew = entry is null;
        if (entry is not null)
            (before, response) = (entry.Hash, entry.Response);
        else if (handler.Once && _setup.Journal.Find(call.Name, transaction) is { } line)
            (before, response) = (line.Hash, line.Response is { } text ? Encoding.UTF8.GetBytes(text) : Interrupted(call));
        else
            return false;
        if (before != hash)
            throw (isNew ? Forgotten(call, Reused()) : Reused());
        if (response is not null)
        {
            _memory.Finish(call.Name, transaction, response);
            Send(call, response);
        }

        return true;
    }

    private static RequestException Reused() => new(RequestCode.Conflict, "this transaction was used for another request; choose another one");

    // What was refused for lack of room may be tried again under its transaction.
    private RequestException Forgotten(Call call, RequestException exception)
    {
        lock (_lock)
        {
            if (call.Transaction is { } transaction)
                _memory.Forget(call.Name, transaction);
        }

        return exception;
    }

    private void Work(Call call, RequestHandler handler, JsonObject request, string hash)
    {
        byte[] response;
        var done = false;
        try
        {
            if (handler.Once && !_setup.Journal.Begin(call.Name, call.Transaction!, hash))
                throw Forgotten(call, new RequestException(RequestCode.TooMany, $"{RequestJournal.MostEntries} requests of this kind are remembered; try again in two hours"));
            response = Serialize(call, new JsonObject { ["status"] = "ok", ["data"] = handler.Handle(request) });
            done = true;
        }
        catch (RequestException exception)
        {
            response = Refusal(call, exception);
        }
#pragma warning disable CA1031 // Whatever a request stumbles over is its answer: the device goes on.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            response = Refusal(call, new RequestException(RequestCode.Failed, exception.Message.ReplaceLineEndings(" ")));
        }

        Remember(call, handler, response);
        Send(call, response);
        if (done)
            handler.Afterwards?.Invoke();
    }

    private void Remember(Call call, RequestHandler handler, byte[] response)
    {
        if (call.Transaction is not { } transaction)
            return;
        lock (_lock)
            _memory.Finish(call.Name, transaction, response);
        if (!handler.Once)
            return;
        try
        {
            _setup.Journal.Finish(call.Name, transaction, Encoding.UTF8.GetString(response));
        }
        catch (IOException)
        {
            // The request is done; only a repetition after a restart would not be answered alike.
        }
    }

    private void Send(Call call, byte[] response) => _send(call.Answer(response));

    private static byte[] Interrupted(Call call)
        => Refusal(call, new RequestException(RequestCode.Failed, "the device stopped during this request: whether it was carried out is not known"));

    private static byte[] Refusal(Call call, RequestException exception)
    {
        var error = new JsonObject { ["code"] = exception.Code, ["message"] = exception.Message };
        if (exception.Details is { } details)
            error["details"] = details.DeepClone();
        return Serialize(call, new JsonObject { ["status"] = "error", ["error"] = error });
    }

    private static byte[] Serialize(Call call, JsonObject response)
    {
        response["transaction"] = call.Transaction;
        return JsonSerializer.SerializeToUtf8Bytes(response, Json);
    }

    // Nobody can make the device publish, with its own rights, where something listens that acts: only where answers go.
    private string ResponseTopic(MqttMessage message, string name)
        => message.ResponseTopic is { } wanted && Topics.IsResponse(_setup.Root, wanted) ? wanted : Topics.Response(_setup.Root, _setup.Device, name);

    private static JsonObject Read(ReadOnlySpan<byte> payload, int most)
    {
        if (payload.IsEmpty)
            return [];
        if (payload.Length > most)
            throw new RequestException(RequestCode.TooLarge, $"{payload.Length} bytes are too many, at most {most}");
        try
        {
            return StrictJson.Parse(payload, MaxDepth) as JsonObject ?? throw new RequestException(RequestCode.Bad, "must be a JSON object, or empty");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new RequestException(RequestCode.Bad, "not valid JSON");
        }
    }

    private static string? Transaction(JsonObject request)
    {
        if (request["transaction"] is not { } given)
            return null;
        return given is JsonValue value && value.TryGetValue<string>(out var text) && text.Length is > 0 and <= MaxTransaction
            ? text
            : throw new RequestException(RequestCode.Bad, $"transaction must be a text of 1 to {MaxTransaction} characters");
    }

    private sealed class Call(string name, Func<byte[], Answer> answer)
    {
        public string Name { get; } = name;

        public Func<byte[], Answer> Answer { get; } = answer;

        public string? Transaction { get; set; }

        public bool IsSigned { get; set; }
    }
}
