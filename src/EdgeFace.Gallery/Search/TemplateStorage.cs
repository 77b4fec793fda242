namespace EdgeFace.Gallery;

/// <summary>The forms in which a template is kept.</summary>
[Flags]
internal enum TemplateStorage
{
    /// <summary>4 bytes a dimension; exact scores.</summary>
    Float32 = 1,

    /// <summary>1 byte a dimension and a scale; scores within about 0.002.</summary>
    Int8 = 2,

    /// <summary>1 bit a dimension: its sign (Sun et al. 2015, "Deeply learned face representations are sparse", section 5).</summary>
    Signs = 4,

    /// <summary>A short code (<see cref="CodeBook"/>), learned from the gallery.</summary>
    Codes = 8,
}
