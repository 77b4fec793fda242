namespace EdgeFace.ModelTools.Evaluation;

/// <summary>What a detector reached, each part with the protocol it was measured by; parts without data are null and named in <paramref name="LeftOut"/>.</summary>
/// <param name="Thresholds">
/// The detector at several score thresholds: round ones, the manifest's, and the lowest (in hundredths) that leave 0 to 4 false positives.
/// </param>
/// <param name="LeftOut">What was not measured, and why.</param>
internal sealed record DetectorReport(
    string Model,
    string Machine,
    WiderResult? Wider,
    EmptySceneResult? FaceFree,
    PortraitResult? Portraits,
    IReadOnlyList<ThresholdResult> Thresholds,
    IReadOnlyList<string> LeftOut);

/// <summary>Average precision, 0..1; null for a set without faces.</summary>
/// <param name="BySize">Of the valid faces, by the height of their boxes.</param>
/// <param name="MillisecondsPerPicture">Detection alone, on this machine.</param>
internal sealed record WiderResult(
    string Protocol,
    int Pictures,
    SetResult Easy,
    SetResult Medium,
    SetResult Hard,
    IReadOnlyList<SizeResult> BySize,
    LandmarkResult? Landmarks,
    double MillisecondsPerPicture);

internal sealed record SetResult(int Faces, double? AveragePrecision);

/// <param name="MinHeight">In pixels of the picture.</param>
/// <param name="MaxHeight">Exclusive; null without limit.</param>
internal sealed record SizeResult(int MinHeight, int? MaxHeight, int Faces, double? AveragePrecision);

internal sealed record LandmarkResult(string Protocol, LandmarkError Error);

/// <summary>Pictures without a face, at the manifest's threshold.</summary>
internal sealed record EmptySceneResult(string Protocol, int Pictures, double Threshold, int FalsePositives, double FalsePositivesPer1000);

/// <summary>Pictures with a face each, at the manifest's threshold.</summary>
internal sealed record PortraitResult(string Protocol, int Pictures, double Threshold, int WithFace, double ShareWithFace);

/// <param name="FalsePositives">In all pictures without a face.</param>
/// <param name="ShareWithFace">Of the portraits.</param>
/// <param name="Recall">Of WIDER's hard set: share of the faces that a detection covers (IoU 0.5 or more).</param>
/// <param name="RecallBySize">The same by the height of the faces.</param>
internal sealed record ThresholdResult(
    double Threshold, int? FalsePositives, double? FalsePositivesPer1000, double? ShareWithFace, double? Recall, IReadOnlyList<SizeRecall>? RecallBySize);

/// <param name="MinHeight">In pixels of the picture.</param>
/// <param name="MaxHeight">Exclusive; null without limit.</param>
internal sealed record SizeRecall(int MinHeight, int? MaxHeight, int Faces, double? Recall);
