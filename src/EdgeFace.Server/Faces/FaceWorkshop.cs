using EdgeFace.Core;
using EdgeFace.Core.Faces;
using EdgeFace.Core.Imaging;
using EdgeFace.Inference;
using EdgeFace.Server.Api;
using EdgeFace.Server.Configuration;
using EdgeFace.Vision;
using EdgeFace.Vision.Pictures;
using EdgeFace.Vision.Quality;

namespace EdgeFace.Server.Faces;

/// <summary>What came of a photo.</summary>
/// <param name="View">The verdict as callers see it.</param>
/// <param name="Embedding">Null when the photo was refused.</param>
/// <param name="Photo">The picture to keep; null when it was refused or is not to be kept.</param>
internal sealed record JudgedPhoto(VerdictView View, Embedding? Embedding, byte[]? Photo);

/// <summary>
/// Decodes, finds, judges and embeds with the same models as the boards. One photo at a time, since a large one takes much
/// memory; a few more may wait.
/// </summary>
internal sealed class FaceWorkshop : IDisposable
{
    private const int MaxWaiting = 16;

    /// <summary>Longer side of a photo that is kept, at most.</summary>
    private const int KeptSide = 1600;

    private readonly FaceModels _models;
    private readonly EnrollmentCheck _check;
    private readonly SemaphoreSlim _turn = new(1);
    private int _waiting;

    public FaceWorkshop(ServerOptions options, ILogger<FaceWorkshop> logger)
    {
        _models = FaceModels.Load(options.Models, logger);
        _check = new EnrollmentCheck(new FaceAnalyzer(_models), options.Enrollment);
        ModelSha256 = _models.Packages[2].Manifest.Sha256;
    }

    /// <summary>Of the embedder's file.</summary>
    public string ModelSha256 { get; }

    /// <summary>As boards' stores call the same model.</summary>
    public string ModelId => _models.Embedder.ModelId;

    public int Dimension => _models.Embedder.Dimension;

    /// <summary>Cosine that the embedder's manifest recommends.</summary>
    public float DefaultThreshold => _models.Embedder.DefaultThreshold;

    /// <exception cref="RequestException">The bytes are no usable picture, or too many photos wait.</exception>
    public async Task<JudgedPhoto> JudgeAsync(byte[] bytes, bool largest, bool keep, CancellationToken cancellation)
    {
        if (Interlocked.Increment(ref _waiting) > MaxWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            throw new RequestException(503, "busy", "Too many photos are waiting: try again in a few seconds.");
        }

        try
        {
            await _turn.WaitAsync(cancellation);
            try
            {
                return await Task.Run(() => Judge(bytes, largest, keep), CancellationToken.None);
            }
            finally
            {
                _turn.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    public void Dispose()
    {
        _models.Dispose();
        _turn.Dispose();
    }

    private JudgedPhoto Judge(byte[] bytes, bool largest, bool keep)
    {
        var picture = Decode(bytes);
        var verdict = _check.Check("The photo", picture, largest);
        var reason = verdict.Fault == EnrollmentFault.SeveralFaces ? $"{verdict.Refusal}, or ask for the largest" : verdict.Refusal;
        var view = new VerdictView(
            verdict.Accepted, verdict.Fault is { } fault ? Names.Of(fault) : null, reason, verdict.Face is { } face ? QualityOf(face.Quality) : null,
            verdict.Face is { Detection.Box: var box } ? new FaceView(box.X, box.Y, box.Width, box.Height) : null, picture.Width, picture.Height);
        return verdict.Accepted ? new JudgedPhoto(view, verdict.Face!.Embedding, keep ? Keep(picture) : null) : new JudgedPhoto(view, null, null);
    }

    private static Frame Decode(byte[] bytes)
    {
        try
        {
            return PictureReader.Decode(bytes, "The photo");
        }
        catch (InputException error)
        {
            throw new RequestException(422, "not_a_picture", error.Message + ".");
        }
    }

    /// <summary>Upright and without what cameras write into their files, such as the place.</summary>
    private static byte[] Keep(Frame picture)
    {
        while (Math.Max(picture.Width, picture.Height) > KeptSide)
        {
            var half = new Frame(picture.Width / 2, picture.Height / 2, PixelFormat.Bgr24);
            Resizer.Bilinear(picture, half);
            picture = half;
        }

        return JpegWriter.Encode(picture);
    }

    private static QualityView QualityOf(FaceQualityScore score) => new(score.Total, score.Size, score.Sharpness, score.Exposure, score.Pose, score.InFrame);
}
