using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Hosting;
using EdgeFace.Agent.Publishing;
using EdgeFace.Agent.Visits;
using EdgeFace.Core.Events;
using EdgeFace.Messaging;
using EdgeFace.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFace.Agent.Tests.Hosting;

public sealed class GallerySyncTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_erased_person_leaves_the_outbox_and_the_pictures_and_others_stay()
    {
        var options = new AgentOptions { DataFolder = _folder.Path };
        var known = TestEvents.End(VisitDecision.Known);
        // The events' own time: by the system's they are decades too old, and the outbox drops them within a second.
        using var outbox = Outbox.Open(DataFolders.Outbox(options), new OutboxOptions(), new ManualTimeProvider(known.Time), NullLogger<Outbox>.Instance);
        var other = known with { Id = FakeGallery.Bert.Id, Person = new VisitPerson(FakeGallery.Bert.Id, FakeGallery.Bert.Name) };
        foreach (var visitEvent in new[] { known, other })
            outbox.Append(new OutboxMessage(visitEvent.Id.ToString(), "edgeface/board/camera/door/visit", VisitEventJson.Serialize(visitEvent), MessagePriority.VisitEnd, "door", visitEvent.Time, null));
        foreach (var message in new FrigateMessages("frigate").Translate(known).ToList())
            outbox.Append(new OutboxMessage($"{known.Id}/{message.Kind}", message.Topic, message.Payload, MessagePriority.VisitEnd, "door", known.Time, null));
        foreach (var folder in new[] { DataFolders.Snapshots(options), DataFolders.Recordings(options) })
        {
            Directory.CreateDirectory(folder);
            foreach (var person in new[] { FakeGallery.Anna, FakeGallery.Bert })
                await File.WriteAllTextAsync(Path.Combine(folder, $"20260101-door-visit{PictureFolder.MarkOf(person.Id)}jpg"), "");
        }

        await GallerySync.EraseAsync(options, outbox, [FakeGallery.Anna.Id]);

        Assert.All([DataFolders.Snapshots(options), DataFolders.Recordings(options)], folder =>
            Assert.Contains(FakeGallery.Bert.Id.ToString("N"), Assert.Single(Directory.GetFiles(folder)), StringComparison.Ordinal));
        Assert.Equal(4, outbox.Depth);
        foreach (var file in Directory.GetFiles(_folder.Path))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(stream, System.Text.Encoding.Latin1);
            var text = await reader.ReadToEndAsync();
            Assert.DoesNotContain("\"Anna\"", text, StringComparison.Ordinal);
            Assert.DoesNotContain(FakeGallery.Anna.Id.ToString(), text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_event_of_somebody_else_is_left_as_it_is()
    {
        var payload = VisitEventJson.Serialize(TestEvents.End(VisitDecision.Known));
        Assert.Null(VisitErasure.Rewrite(payload, new HashSet<Guid> { FakeGallery.Bert.Id }));
        Assert.Null(VisitErasure.Rewrite("not json"u8.ToArray(), new HashSet<Guid> { FakeGallery.Anna.Id }));
        Assert.NotNull(VisitErasure.Rewrite(payload, new HashSet<Guid> { FakeGallery.Anna.Id }));
    }

    [Theory]
    [InlineData("https://gallery.example:8321", null)]
    [InlineData("http://127.0.0.1:8321", null)]
    [InlineData("http://gallery.example", "must begin with https://")]
    [InlineData("gallery.example", "is not https://host")]
    [InlineData("https://user@gallery.example", "is not https://host")]
    [InlineData("https://gallery.example/path", "is not https://host")]
    public void The_servers_address_is_checked(string address, string? error)
    {
        var errors = new List<EdgeFace.Core.Configuration.SettingsError>();
        AgentOptionsValidator.Validate(new AgentOptions { Gallery = new GalleryOptions { Server = new GalleryServerOptions { Address = address } } }, errors);
        if (error is null)
            Assert.Empty(errors);
        else
            Assert.Contains(error, Assert.Single(errors).ToString(), StringComparison.Ordinal);
    }
}
