using EdgeFace.Agent.Configuration;
using EdgeFace.Core;
using EdgeFace.Core.Imaging;
using EdgeFace.Vision;
using EdgeFace.Vision.Pictures;

namespace EdgeFace.Agent.Sources;

/// <summary>
/// A folder of JPEG and PNG pictures, in the order of their names, each shown for a while. Every picture is a scene of
/// its own: a pause longer than any track lies between two of them, so that nobody is followed from one into the next.
/// </summary>
internal sealed class PictureFolderSource : IFrameSource
{
    private const double DefaultFramesPerSecond = 5;
    private readonly CameraOptions _camera;
    private readonly TimeSpan _gap;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ManualResetEventSlim _stopped = new();
    private readonly string[] _files;
    private readonly TimeSpan _interval;
    private readonly int _repeats;
    private readonly long _started;
    private Frame? _picture;
    private FramePool? _pool;
    private int _next;
    private int _shown;
    private long _sequence;
    private TimeSpan _mediaTime;

    /// <param name="camera">Its source is the folder.</param>
    /// <param name="gap">Source time between two pictures; longer than a face may be lost.</param>
    /// <param name="time">For the pace.</param>
    /// <param name="logger">Told of pictures that cannot be read.</param>
    public PictureFolderSource(CameraOptions camera, TimeSpan gap, TimeProvider time, ILogger logger)
    {
        _logger = logger;
        _camera = camera;
        _gap = gap;
        _time = time;
        _files = FindPictures(camera.Source);
        var rate = camera.FramesPerSecond > 0 ? camera.FramesPerSecond : DefaultFramesPerSecond;
        _interval = TimeSpan.FromSeconds(1 / rate);
        _repeats = Math.Max(1, (int)Math.Round(camera.PictureSeconds * rate));
        _started = time.GetTimestamp();
        Description = camera.Source;
    }

    public string Description { get; }

    public Frame? Read()
    {
        if (_picture is null || _shown == _repeats)
        {
            if (_picture is not null)
                _mediaTime += _gap;
            _picture = LoadNext();
            if (_picture is null)
                return null;
            _shown = 0;
        }

        _shown++;
        var frame = Rent(_picture);
        frame.Sequence = _sequence++;
        frame.MediaTime = _mediaTime;
        _mediaTime += _interval;
        Pace(frame);
        return frame;
    }

    public void Stop() => _stopped.Set();

    public void Dispose() => _stopped.Dispose();

    private static string[] FindPictures(string folder)
    {
        string[] files;
        try
        {
            files = [.. Directory.EnumerateFiles(folder).Where(IsPicture).Order(StringComparer.Ordinal)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new FrameSourceException($"The folder {folder} cannot be read: {exception.Message}", exception);
        }

        return files.Length > 0 ? files : throw new FrameSourceException($"There is no picture (*.jpg, *.jpeg, *.png) in the folder {folder}.");
    }

    private static bool IsPicture(string file)
        => Path.GetExtension(file).ToLowerInvariant() is ".jpg" or ".jpeg" or ".png";

    /// <summary>The next picture that can be read; a bad one is passed over, since opening the folder anew would start again from its first.</summary>
    private Frame? LoadNext()
    {
        while (_next < _files.Length)
        {
            ThrowIfStopped();
            try
            {
                return Fit(PictureReader.Read(_files[_next++]));
            }
            catch (InputException exception)
            {
                Log.PictureSkipped(_logger, _camera.Name, exception.Message);
            }
        }

        return _sequence > 0 ? null : throw new FrameSourceException($"No picture in the folder {_camera.Source} can be read.");
    }

    private Frame Fit(Frame picture)
    {
        if (_camera.Width == 0 || (picture.Width == _camera.Width && picture.Height == _camera.Height))
            return picture;
        var boxed = new Frame(_camera.Width, _camera.Height, PixelFormat.Bgr24);
        new Letterboxer(_camera.Width, _camera.Height, padding: 0).Apply(picture, boxed);
        return boxed;
    }

    private Frame Rent(Frame picture)
    {
        if (_pool is null || _pool.Width != picture.Width || _pool.Height != picture.Height)
            _pool = new FramePool(picture.Width, picture.Height, picture.Format);
        var frame = _pool.Rent();
        picture.Pixels.CopyTo(frame.Pixels.AsSpan());
        return frame;
    }

    private void ThrowIfStopped()
    {
        if (_stopped.IsSet)
            throw new OperationCanceledException($"The source {Description} was stopped.");
    }

    private void Pace(Frame frame)
    {
        if (_camera.Pace == SourcePace.Live)
        {
            var early = _interval * frame.Sequence - _time.GetElapsedTime(_started);
            if (early > TimeSpan.Zero)
                _stopped.Wait(early);
        }

        ThrowIfStopped();
        frame.Timestamp = _time.GetTimestamp();
        frame.CapturedAt = _time.GetUtcNow();
    }
}
