using EdgeFace.Core.Imaging;
using EdgeFace.TestKit;
using EdgeFace.TestKit.Capture;

namespace EdgeFace.Devices.Tests;

/// <summary>Films of known content, read by the real ffmpeg.</summary>
public sealed class FilmTests : CaptureTest
{
    [Fact]
    public void Every_frame_comes_once_and_in_order_with_the_time_of_the_film()
    {
        using var source = Open(Film(64, 48, 10, 60));

        var seen = ReadAll(source, frame => (frame.Sequence, NumberedClip.NumberOf(frame), frame.MediaTime.TotalMilliseconds));

        Assert.Equal(Enumerable.Range(0, 60).Select(n => ((long)n, n % NumberedClip.Period, n * 100.0)), seen);
        Assert.Equal((64, 48, 10.0), (source.Width, source.Height, source.FramesPerSecond));
        Assert.Null(source.Read());
    }

    [Fact]
    public void Capture_thread_allocates_nothing_per_frame()
    {
        using var source = Open(Film(320, 240, 25, 100));
        for (var i = 0; i < 10; i++)
            source.Read()!.Release();

        Assert.Equal(0, Allocations.Least(() => source.Read()!.Release(), times: 16));
    }

    [Theory]
    // ITU-R BT.601, 8 bit, limited range: the nominal values of red, green and blue.
    [InlineData("red", 81, 90, 240)]
    [InlineData("lime", 145, 54, 34)]
    [InlineData("blue", 41, 240, 110)]
    [InlineData("white", 235, 128, 128)]
    public void Colours_come_in_bt601_limited_range_whatever_the_film_has(string colour, int y, int u, int v)
    {
        string[] input = ["-f", "lavfi", "-i", $"color={colour}:size=64x48:rate=5:duration=0.4"];
        FfmpegTool.Run([.. input, "-vf", "scale=out_color_matrix=bt601:out_range=tv,format=yuv420p", "-c:v", "ffv1", Folder.File("601.mkv")]);
        FfmpegTool.Run([
            .. input, "-vf", "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p", "-colorspace", "bt709", "-qp", "0",
            "-c:v", "libx264", Folder.File("709.mp4")]);
        FfmpegTool.Run([.. input, "-pix_fmt", "yuvj420p", "-q:v", "1", "-c:v", "mjpeg", Folder.File("full.avi")]);

        foreach (var name in new[] { "601.mkv", "709.mp4", "full.avi" })
        {
            using var source = Open(Folder.File(name));
            var frame = source.Read()!;
            const int Luma = 64 * 48;
            AssertNear(y, frame.Pixels[Luma / 2 + 32], name);
            AssertNear(u, frame.Pixels[Luma + Luma / 8], name);
            AssertNear(v, frame.Pixels[Luma + Luma / 4 + Luma / 8], name);
            frame.Release();
        }
    }

    [Fact]
    public void Odd_size_is_rounded_down_and_a_wanted_size_is_kept()
    {
        var film = Folder.File("odd.mkv");
        FfmpegTool.Run([.. NumberedClip.Input(63, 47, 10), "-frames:v", "5", "-pix_fmt", "yuv444p", "-c:v", "ffv1", film]);

        Assert.Equal([(62, 46)], SizesOf(new FfmpegSourceOptions { Input = film }));
        Assert.Equal([(100, 60)], SizesOf(new FfmpegSourceOptions { Input = film, Width = 100, Height = 60 }));
        Assert.Equal([(126, 94)], SizesOf(new FfmpegSourceOptions { Input = film, Width = 126 }));
        Assert.Equal([(126, 94)], SizesOf(new FfmpegSourceOptions { Input = film, Height = 94 }));
    }

    [Fact]
    public void Rate_limit_drops_evenly_and_keeps_the_time_of_the_film()
    {
        using var source = Open(new FfmpegSourceOptions { Input = Film(64, 48, 30, 45), FramesPerSecond = 10 });

        var seen = ReadAll(source, frame => (Number: NumberedClip.NumberOf(frame), frame.MediaTime.TotalMilliseconds));

        Assert.Equal(15, seen.Count);
        Assert.All(seen, (frame, i) => Assert.Equal(i * 100.0, frame.TotalMilliseconds));
        Assert.All(seen, (frame, i) => Assert.InRange(frame.Number, i * 3 - 2, i * 3 + 2));
    }

    [Fact]
    public void Rate_limit_above_the_films_rate_changes_nothing()
    {
        using var source = Open(new FfmpegSourceOptions { Input = Film(64, 48, 10, 20), FramesPerSecond = 30 });

        Assert.Equal(Enumerable.Range(0, 20), ReadAll(source, NumberedClip.NumberOf));
    }

    [Fact]
    public void Varying_rate_keeps_its_pace()
    {
        // One second at 10 frames/s, then one second at 5: shown for 2 s in all.
        var film = Folder.File("varying.mkv");
        FfmpegTool.Run([
            .. NumberedClip.Input(64, 48, 10), "-vf", @"select='lt(n,10)+not(mod(n,2))'", "-fps_mode", "passthrough", "-t", "2",
            "-pix_fmt", "yuv420p", "-c:v", "ffv1", film]);
        using var source = Open(new FfmpegSourceOptions { Input = film, FramesPerSecond = 10 });

        var seen = ReadAll(source, frame => (Number: NumberedClip.NumberOf(frame), Time: frame.MediaTime.TotalSeconds));

        Assert.All(seen, frame => Assert.InRange(frame.Time - frame.Number / 10.0, -0.15, 0.15));
        Assert.InRange(seen[^1].Number, 18, 19);
    }

    [Fact]
    public void Loop_reads_the_film_again()
    {
        using var source = Open(new FfmpegSourceOptions { Input = Film(64, 48, 10, 8), Loop = 2 });

        var numbers = ReadAll(source, NumberedClip.NumberOf);

        Assert.Equal(Enumerable.Range(0, 24).Select(n => n % 8), numbers);
    }

    [Fact]
    public void Realtime_reads_at_the_films_own_pace()
    {
        using var source = Open(new FfmpegSourceOptions { Input = Film(64, 48, 10, 15), Realtime = true });
        source.Read()!.Release();
        var start = TimeProvider.System.GetTimestamp();

        var rest = ReadAll(source, _ => 0).Count;

        Assert.Equal(14, rest);
        Assert.InRange(TimeProvider.System.GetElapsedTime(start).TotalSeconds, 1.0, 10);
    }

    [Fact]
    public void Film_that_changes_its_size_goes_on_in_its_first_size()
    {
        using var source = Open(TwoSizes.Write(Folder));

        List<(int, int)> sizes = [];
        var numbers = ReadAll(source, frame =>
        {
            sizes.Add((frame.Width, frame.Height));
            return NumberedClip.NumberOf(frame);
        });

        Assert.All(sizes, size => Assert.Equal((160, 120), size));
        // ffmpeg 5.1 sets its filters up anew at the change, and with them goes the one frame that the rate filter holds.
        Assert.Equal([.. Enumerable.Range(0, 9), .. Enumerable.Range(0, 10)], numbers.Where((_, i) => i != 9 || numbers.Count < 20));
    }

    [Fact]
    public async Task Stop_breaks_off_a_waiting_read()
    {
        var fifo = Fifo();
        using var writer = HalfAFilm(fifo);
        using var source = Open(new FfmpegSourceOptions { Input = fifo, StallTimeoutMs = 60_000 });
        source.Read()!.Release();
        var reading = Task.Run(() => ReadAll(source, _ => 0));
        Assert.NotSame(reading, await Task.WhenAny(reading, Task.Delay(TimeSpan.FromSeconds(0.5), TimeProvider.System)));
        var child = source.ChildId!.Value;

        var start = TimeProvider.System.GetTimestamp();
        source.Stop();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);

        Assert.InRange(TimeProvider.System.GetElapsedTime(start).TotalSeconds, 0, 2.5);
        Assert.Throws<OperationCanceledException>(source.Read);
        Assert.True(ChildProcess.IsGone(child, TimeSpan.FromSeconds(2)));
    }

    [Fact]
    public void Stall_ends_in_an_exception_that_stays_and_leaves_no_child()
    {
        var fifo = Fifo();
        using var writer = HalfAFilm(fifo);
        using var source = Open(new FfmpegSourceOptions { Input = fifo, StallTimeoutMs = 500 });
        source.Read()!.Release();
        var child = source.ChildId!.Value;

        var failure = ReadUntilBroken(source);

        Assert.Matches($"^no frame from {fifo} for 0.5 s: it stopped sending after [0-9]+ frames; check its network and power", failure.Message);
        Assert.Equal(failure.Message, Assert.Throws<FrameSourceException>(source.Read).Message);
        Assert.True(ChildProcess.IsGone(child, TimeSpan.FromSeconds(2)));
    }

    private static void AssertNear(int expected, int actual, string name) =>
        Assert.True(Math.Abs(expected - actual) <= 3, $"{name}: {actual} instead of {expected}");

    private List<(int, int)> SizesOf(FfmpegSourceOptions options)
    {
        using var source = Open(options);
        return [.. ReadAll(source, frame => (frame.Width, frame.Height)).Distinct()];
    }

    private string Film(int width, int height, int rate, int frames)
    {
        var path = Folder.File($"{width}-{rate}-{frames}.mkv");
        NumberedClip.Write(path, width, height, rate, frames);
        return path;
    }

    private string Fifo()
    {
        var path = Folder.File("fifo");
        using var mkfifo = System.Diagnostics.Process.Start("mkfifo", [path]);
        mkfifo.WaitForExit();
        return path;
    }

    /// <summary>A film that stops in its middle while its writer stays: the stream does not end, it stalls.</summary>
    private FileStream HalfAFilm(string fifo)
    {
        var film = File.ReadAllBytes(Film(320, 240, 10, 100));
        var writer = new FileStream(fifo, FileMode.Open, FileAccess.ReadWrite);
        // More than the pipe holds: the rest is written while ffmpeg reads.
        _ = Task.Run(() =>
        {
            writer.Write(film.AsSpan(0, film.Length / 2));
            writer.Flush();
        });
        return writer;
    }
}
