using System.Globalization;
using EdgeFace.TestKit;

namespace EdgeFace.Messaging.Tests;

public sealed class OutboxPowerCutTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RecordingLogger<Outbox> _log = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_a_killed_process_reported_as_durable_is_there_and_whole()
    {
        var path = _folder.File("outbox.db");
        var random = new Random(1);
        for (var round = 0; round < 3; round++)
        {
            File.Delete(path);
            File.Delete(path + "-wal");
            File.Delete(path + "-shm");
            var reported = RunAndKill(path, random.Next(20, 200));
            using var outbox = Outbox.Open(path, new OutboxOptions(), TimeProvider.System, _log);
            var ids = outbox.ReadAfter(0, int.MaxValue, long.MaxValue).Select(row => int.Parse(row.Id, CultureInfo.InvariantCulture)).ToArray();
            Assert.Equal(Enumerable.Range(0, ids.Length), ids);
            Assert.True(ids.Length > reported, $"{reported} was reported, but only {ids.Length} messages are there");
        }

        Assert.Empty(_log.Lines);
    }

    // A power cut leaves of the write-ahead log what had reached the disk: anything up to its end, the last piece perhaps as rubbish.
    [Fact]
    public void A_write_ahead_log_that_ends_anywhere_leaves_whole_messages_and_no_damage()
    {
        var source = _folder.File("source.db");
        using var outbox = Outbox.Open(source, new OutboxOptions(), TimeProvider.System, _log);
        for (var i = 0; i < 60; i++)
            outbox.Append(SessionHost.Message($"{i}", padding: 700));
        var file = ReadShared(source);
        var log = ReadShared(source + "-wal");
        var random = new Random(2);
        var seen = new HashSet<int>();
        for (var round = 0; round < 25; round++)
        {
            var copy = _folder.File($"copy{round}.db");
            File.WriteAllBytes(copy, file);
            var cut = log[..random.Next(log.Length + 1)];
            if (round % 2 == 1)
                random.NextBytes(cut.AsSpan(Math.Max(0, cut.Length - 512)));
            File.WriteAllBytes(copy + "-wal", cut);
            using var recovered = Outbox.Open(copy, new OutboxOptions(), TimeProvider.System, _log);
            var rows = recovered.ReadAfter(0, 1000, long.MaxValue);
            Assert.Equal(Enumerable.Range(0, rows.Count).Select(i => $"{i}"), rows.Select(row => row.Id));
            Assert.All(rows, row => Assert.Equal(row.Id.Length + 700, row.Payload.Length));
            seen.Add(rows.Count);
        }

        Assert.Empty(_log.Lines);
        Assert.True(seen.Count > 5, "the cuts made no difference");
    }

    private static int RunAndKill(string path, int afterLines)
    {
        using var child = ChildProcess.Start("append", path);
        var last = -1;
        for (var i = 0; i < afterLines; i++)
            last = int.Parse(child.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);
        child.Kill();
        // Lines that were on their way count as well.
        while (child.StandardOutput.ReadLine() is { Length: > 0 } line && int.TryParse(line, CultureInfo.InvariantCulture, out var number))
            last = number;
        Assert.True(child.WaitForExit(TimeSpan.FromSeconds(10)));
        return last;
    }

    private static byte[] ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }
}
