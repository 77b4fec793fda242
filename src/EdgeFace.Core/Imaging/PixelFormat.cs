namespace EdgeFace.Core.Imaging;

/// <summary>How the bytes of a <see cref="Frame"/> are laid out. Rows follow each other without padding.</summary>
public enum PixelFormat
{
    /// <summary>Three interleaved bytes a pixel: blue, green, red. The order that the shipped embedder wants.</summary>
    Bgr24,

    /// <summary>Planar YUV 4:2:0, BT.601 limited range: Y (w x h), then U and V (each ceil(w/2) x ceil(h/2)).</summary>
    I420,

    /// <summary>One byte of luminance a pixel.</summary>
    Gray8,
}
