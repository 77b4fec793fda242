using EdgeFace.TestKit;

namespace EdgeFace.Messaging.Tests;

/// <summary>An outbox in a folder of the test's own, with a clock that the test moves.</summary>
public abstract class OutboxTestBase : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private protected ManualTimeProvider Time { get; } = new();

    private protected RecordingLogger<Outbox> Log { get; } = new();

    private protected string Folder => _folder.Path;

    private protected string FilePath => _folder.File("outbox.db");

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected static List<string> Ids(Outbox outbox) => [.. outbox.ReadAfter(0, 1000, long.MaxValue).Select(row => row.Id)];

    private protected Outbox Open(OutboxOptions? options = null) => Outbox.Open(FilePath, options ?? new OutboxOptions(), Time, Log);

    private protected OutboxMessage Message(string id, TimeSpan? expiry = null, MessagePriority priority = MessagePriority.VisitBegin) =>
        new(id, "edgeface/dev/camera/c/visit", System.Text.Encoding.UTF8.GetBytes(id), priority, "c", Time.GetUtcNow(), expiry);
}
