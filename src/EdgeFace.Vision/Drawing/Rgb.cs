namespace EdgeFace.Vision.Drawing;

/// <summary>A colour, sRGB, 0..255 each.</summary>
public readonly record struct Rgb(byte R, byte G, byte B);
