namespace EdgeFace.Vision.Quality;

/// <summary>How well a face can be recognised. Every score lies between 0 (useless) and 1 (as good as needed).</summary>
/// <param name="Total">Geometric mean of the five scores and the detector's score; 0 as soon as one of them is.</param>
/// <param name="Size">Shorter side of the box over 112 pixels, the side of the aligned face.</param>
/// <param name="Sharpness">v / (v + <see cref="FaceQuality.SharpnessHalf"/>) with v = <see cref="SharpnessVariance"/>.</param>
/// <param name="Exposure">Mean luminance near the middle, times what is neither black nor white; see <see cref="FaceQuality"/>.</param>
/// <param name="Pose">Frontalness by the five landmarks; 1 (not judged) without landmarks.</param>
/// <param name="InFrame">Share of the box that lies inside the frame.</param>
public readonly record struct FaceQualityScore(float Total, float Size, float Sharpness, float Exposure, float Pose, float InFrame)
{
    /// <summary>
    /// Variance of the Laplacian (4-neighbour kernel) of the face resampled to 64 x 64 grey levels (Pech-Pacheco et al.
    /// 2000), 0 or more: the raw value behind <see cref="Sharpness"/>.
    /// </summary>
    public float SharpnessVariance { get; init; }

    /// <summary>Mean luminance of the face, 0..255: the raw value behind <see cref="Exposure"/>.</summary>
    public float MeanLuminance { get; init; }
}
