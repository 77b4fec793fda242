using EdgeFace.Messaging.Pictures;
using EdgeFace.Messaging.Requests;
using EdgeFace.ThirdParty.Mosquitto;
using Microsoft.Extensions.Logging;

namespace EdgeFace.Messaging;

/// <summary>
/// What goes out over one connection: subscriptions first, then retained values, then the outbox from its beginning, in order,
/// never more than the window without acknowledgement. Belongs to the messaging thread.
/// </summary>
internal sealed class Delivery(
    MqttLink link,
    Outbox? outbox,
    RetainedState retained,
    AnswerQueue answers,
    PictureQueue pictures,
    SubscriptionTable subscriptions,
    MqttCounters counters,
    TimeProvider time,
    ILogger logger)
{
    private const int ReadAtOnce = 256;
    private const long BytesAtOnce = 1 << 20;
    private const long NotFromOutbox = 0;
    private const long IsPicture = -1;
    private static readonly TimeSpan RetryRefused = TimeSpan.FromSeconds(30);

    private readonly Dictionary<int, long> _inFlight = [];
    private readonly Dictionary<int, string> _subscribing = [];
    private readonly OutboxPage _page = new();
    private bool _pictureUnderWay;
    private long _cursor;
    private long _refusedFrom = long.MaxValue;
    private long _refusedAt;
    private bool _refusalReported;

    /// <summary>Nothing is under way and nothing is left to offer.</summary>
    public bool IsIdle => _inFlight.Count == 0 && _page.Count == 0 && answers.IsEmpty && _cursor >= (outbox?.LastSequence ?? 0);

    /// <summary>Nothing is under way.</summary>
    public bool IsSettled => _inFlight.Count == 0;

    /// <summary>The link was accepted: everything begins anew, with what an earlier broker may have lost.</summary>
    public void Begin()
    {
        outbox?.Withdraw();
        retained.Renew();
        subscriptions.Renew();
    }

    /// <summary>Offers as much as the window takes.</summary>
    public void Advance()
    {
        // Before anything is said: whoever hears that the device is there may ask it something at once.
        while (link.Failure is null && subscriptions.TryTake(out var filter))
            _subscribing[link.Subscribe(filter)] = filter;
        PublishRetained();
        PublishAnswers();
        OfferOutbox();
        OfferPicture();
        Volatile.Write(ref counters.InFlight, _inFlight.Count);
    }

    /// <summary>Publishes a retained value outside of the state that is kept.</summary>
    public void PublishLast(string topic, byte[] payload)
    {
        if (link.Publish(topic, payload, retain: true, null, out var messageId) == MosquittoError.Success)
            Sent(messageId, NotFromOutbox);
    }

    /// <summary>Takes what the broker answered.</summary>
    public void Settle()
    {
        while (link.Acknowledgements.TryDequeue(out var acknowledgement))
            Settle(acknowledgement.MessageId, acknowledgement.Reason);
        while (link.RefusedSubscriptions.TryDequeue(out var refused))
        {
            if (_subscribing.Remove(refused.MessageId, out var filter))
                Log.SubscriptionRefused(logger, link.Broker.ToString(), filter, FailureReasons.Text(refused.Reason));
        }

        Volatile.Write(ref counters.InFlight, _inFlight.Count);
    }

    private void PublishRetained()
    {
        while (link.Failure is null && _inFlight.Count < link.Window && retained.TryTake(out var topic, out var payload))
        {
            var error = link.Publish(topic, payload, retain: true, null, out var messageId);
            if (error == MosquittoError.Success)
                Sent(messageId, NotFromOutbox);
            else if (link.Failure is null)
                ReportRefusal(topic, MosquittoLibrary.Describe(error));
        }
    }

    private void PublishAnswers()
    {
        while (link.Failure is null && _inFlight.Count < link.Window && answers.TryTake(out var answer))
        {
            var error = link.Publish(answer.Topic, answer.Payload, retain: false, null, out var messageId, answer.Correlation);
            if (error == MosquittoError.Success)
                Sent(messageId, NotFromOutbox);
            else if (link.Failure is null)
                ReportRefusal(answer.Topic, MosquittoLibrary.Describe(error));
        }
    }

    private void OfferOutbox()
    {
        if (outbox is null)
            return;
        RewindToRefused();
        while (link.Failure is null && _inFlight.Count < link.Window && TryNext(out var row))
            Offer(row);
    }

    // Only when every event is on its way, and one at a time: an event waits for one picture on the wire at most.
    private void OfferPicture()
    {
        if (link.Failure is not null || _pictureUnderWay || _inFlight.Count >= link.Window || _page.Count > 0 || _cursor < (outbox?.LastSequence ?? 0)
            || !pictures.TryTake(out var picture))
        {
            return;
        }

        var error = link.Publish(picture.Topic, picture.Jpeg, retain: false, null, out var messageId, qos: picture.Qos);
        if (error == MosquittoError.Success)
        {
            _pictureUnderWay = true;
            Sent(messageId, IsPicture);
        }
        else if (link.Failure is null)
        {
            ReportRefusal(picture.Topic, MosquittoLibrary.Describe(error));
        }
    }

    private bool TryNext(out OutboxRow row)
    {
        var last = outbox!.LastSequence;
        if (_page.Count == 0 && _cursor < last)
        {
            outbox.ReadAfter(_cursor, ReadAtOnce, BytesAtOnce, _page);
            // What was to come has been dropped meanwhile.
            if (_page.Count == 0)
                _cursor = last;
        }

        return _page.TryTake(out row);
    }

    private void Offer(in OutboxRow row)
    {
        _cursor = row.Sequence;
        uint? expiry = null;
        if (row.ExpiresAt is { } at)
        {
            var left = at - time.GetUtcNow();
            // The outbox counts and removes what is past its time.
            if (left <= TimeSpan.Zero)
                return;
            expiry = (uint)Math.Min(Math.Ceiling(left.TotalSeconds), uint.MaxValue - 1);
        }

        var error = link.Publish(row.Topic, _page.Payload(row), retain: false, expiry, out var messageId);
        if (error == MosquittoError.Success)
        {
            Sent(messageId, row.Sequence);
        }
        else if (link.Failure is null)
        {
            Interlocked.Increment(ref counters.Refused);
            ReportRefusal(row.Topic, MosquittoLibrary.Describe(error));
            outbox!.Refuse(row.Sequence);
        }
    }

    private void Sent(int messageId, long sequence)
    {
        _inFlight[messageId] = sequence;
        Interlocked.Increment(ref counters.Published);
    }

    private void Settle(int messageId, int reason)
    {
        if (!_inFlight.Remove(messageId, out var sequence))
            return;
        _pictureUnderWay &= sequence != IsPicture;
        if (reason < MosquittoReason.FirstFailure)
        {
            Interlocked.Increment(ref counters.Acknowledged);
            if (sequence > NotFromOutbox)
                outbox!.Acknowledge(sequence);
            return;
        }

        Interlocked.Increment(ref counters.Refused);
        ReportRefusal("a topic of the outbox or the status", FailureReasons.Text(reason));
        if (sequence <= NotFromOutbox)
            return;
        // Some refusals are for good; the others (rules, quota) an operator can mend, and the bounds of the outbox hold until then.
        if (reason is MosquittoReason.TopicNameInvalid or MosquittoReason.PacketTooLarge or MosquittoReason.PayloadFormatInvalid)
            outbox!.Refuse(sequence);
        else
            RememberRefused(sequence);
    }

    private void RememberRefused(long sequence)
    {
        _refusedFrom = Math.Min(_refusedFrom, sequence);
        _refusedAt = time.GetTimestamp();
    }

    private void RewindToRefused()
    {
        if (_refusedFrom == long.MaxValue || _inFlight.Count > 0 || time.GetElapsedTime(_refusedAt) < RetryRefused)
            return;
        _page.Clear();
        _cursor = _refusedFrom - 1;
        _refusedFrom = long.MaxValue;
    }

    private void ReportRefusal(string topic, string reason)
    {
        if (_refusalReported)
            return;
        _refusalReported = true;
        Log.Refused(logger, link.Broker.ToString(), topic, reason);
    }
}
