namespace EdgeFace.Core.Faces;

/// <summary>One face as a detector sees it.</summary>
/// <param name="Box">In pixels of the source frame.</param>
/// <param name="Score">The detector's confidence, 0..1.</param>
/// <param name="Landmarks">Null when the detector gives none.</param>
public readonly record struct FaceDetection(FaceBox Box, float Score, Landmarks5? Landmarks = null);
