namespace EdgeFace.ModelTools.Evaluation;

/// <summary>What a recogniser reached, and how it was measured.</summary>
/// <param name="PicturesWithoutFace">Pictures in which the detector found nothing.</param>
/// <param name="PairsWithoutFace">Pairs of the protocol that hold such a picture; counted as wrong.</param>
/// <param name="Accuracy">Mean over the folds, 0..1.</param>
/// <param name="AccuracyDeviation">Standard deviation over the folds (n - 1).</param>
/// <param name="OperatingPoints">Over all pairs of pictures.</param>
/// <param name="MillisecondsPerPicture">Decoding, detection, landmarks, alignment, quality and embedding; of this machine.</param>
internal sealed record RecogniserReport(
    string Protocol,
    string Machine,
    IReadOnlyList<string> Models,
    int Pictures,
    int PicturesWithoutFace,
    int Pairs,
    int PairsWithoutFace,
    double Accuracy,
    double AccuracyDeviation,
    IReadOnlyList<FoldResult> Folds,
    long GenuinePairs,
    long ImpostorPairs,
    IReadOnlyList<OperatingPoint> OperatingPoints,
    double MillisecondsPerPicture)
{
    /// <summary>With several templates a person; null unless asked for.</summary>
    public IReadOnlyList<IdentificationRow>? Identification { get; init; }
}
