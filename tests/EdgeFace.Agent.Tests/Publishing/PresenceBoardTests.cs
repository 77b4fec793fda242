using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Publishing;
using EdgeFace.Core.Events;
using EdgeFace.TestKit;

namespace EdgeFace.Agent.Tests.Publishing;

public sealed class PresenceBoardTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly PresenceBoard _board;

    public PresenceBoardTests()
    {
        _board = new PresenceBoard(new AgentOptions { Device = "door" }, _time);
        _board.Use([FakeGallery.Anna]);
    }

    [Fact]
    public void A_person_is_present_from_the_name_until_a_while_after_the_visit()
    {
        Assert.Equal([(FakeGallery.Anna.Id, (bool?)false)], _board.Changes());
        Assert.Empty(_board.Changes());
        Observe(VisitEventType.Begin, VisitDecision.Undecided);
        Assert.Empty(_board.Changes());
        Observe(VisitEventType.Update, VisitDecision.Known);
        Assert.Equal([(FakeGallery.Anna.Id, (bool?)true)], _board.Changes());
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Empty(_board.Changes());
        Observe(VisitEventType.End, VisitDecision.Known);
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.Empty(_board.Changes());
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([(FakeGallery.Anna.Id, (bool?)false)], _board.Changes());
    }

    [Fact]
    public void One_who_is_removed_is_taken_back_and_a_stranger_is_not_shown()
    {
        Observe(VisitEventType.Begin, VisitDecision.Known);
        Assert.Equal([(FakeGallery.Anna.Id, (bool?)true)], _board.Changes());
        _board.Use([]);
        Assert.Equal([(FakeGallery.Anna.Id, (bool?)null)], _board.Changes());
        Observe(VisitEventType.End, VisitDecision.Known);
        Assert.Empty(_board.Changes());
        Assert.DoesNotContain(FakeGallery.Anna.Name, PresenceBoard.Topic(new AgentOptions { Device = "door" }, FakeGallery.Anna.Id), StringComparison.Ordinal);
    }

    private void Observe(VisitEventType type, VisitDecision decision) => _board.Observe(TestEvents.End(decision) with { Type = type });
}
