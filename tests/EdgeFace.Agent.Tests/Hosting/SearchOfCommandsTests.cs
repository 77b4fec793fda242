using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Hosting;
using EdgeFace.Agent.Visits;
using EdgeFace.Core.Faces;
using EdgeFace.Gallery;
using EdgeFace.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFace.Agent.Tests.Hosting;

/// <summary>Commands compare with what <c>run</c> compares with: a picture gets the same answer from both, to the last bit.</summary>
public sealed class SearchOfCommandsTests : IDisposable
{
    private const string Model = "mobilefacenet@0123456789ab";
    private const int Dimension = 128;

    private static readonly RecognitionPolicy Policy = new() { Threshold = 0.4f, KnownAfterFaces = 1, UnknownAfterFaces = 1, SwitchMargin = 0.1f, NearestTemplates = 2 };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(20, 5, false)]
    [InlineData(100, 205, false)]
    [InlineData(100, 205, true)]
    public void The_same_face_gets_the_same_answer(int people, int templates, bool decryptOnUse)
    {
        var options = new AgentOptions { DataFolder = _folder.Path, Gallery = new GalleryOptions { DecryptOnUse = decryptOnUse } };
        using var store = GalleryAccess.Open(options, TimeProvider.System, NullLoggerFactory.Instance);
        for (var person = 0; person < people; person++)
            store.Enroll($"Person {person}", [.. Enumerable.Range(0, templates).Select(picture => new NewTemplate(Face(person, picture), 0.5f, null, ""))]);
        store.SetThreshold(store.FindPerson("Person 3")!.Id, 0.99f);
        using var watch = new GalleryWatch(store, Model, decryptOnUse, TimeProvider.System, NullLogger.Instance);
        var command = GalleryAccess.Search(options, store, Model);
        Assert.Equal((watch.Current.Revision, people, people * templates), (command.Revision, command.People, command.Templates));
        var identifier = new Identifier(Policy);
        for (var person = 0; person < 20; person++)
        {
            var face = Face(person, 1000);
            var decider = new VisitDecider(Policy);
            decider.Observe(face, 1, watch.Current);
            var found = identifier.Find(face, command)!.Value;
            Assert.Equal((found.Similarity, found.Threshold), (decider.Similarity!.Value, decider.Threshold));
            Assert.Equal(found.IsKnown ? found.Person : null, decider.Person);
            Assert.Equal((found.Person, found.Similarity), identifier.FindOther(face, command, "nobody") is { } other ? (other.Person, other.Similarity) : default);
            Assert.Equal(person != 3, found.IsKnown);
        }
    }

    /// <summary>A person's own direction, and noise.</summary>
    private static Embedding Face(int person, int picture)
    {
        var (who, chance) = (new Random(person), new Random(person * 7919 + picture + 1));
        var values = new float[Dimension];
        for (var i = 0; i < Dimension; i++)
            values[i] = (float)(who.NextDouble() - 0.5 + 0.5 * (chance.NextDouble() - 0.5));
        return Embedding.Normalize(Model, values);
    }
}
