namespace EdgeFace.Gallery;

/// <summary>How a search is made.</summary>
internal enum SearchMode
{
    /// <summary>Every template in float32.</summary>
    Float32,

    /// <summary>Every template in int8; the best in float32 where that is kept.</summary>
    Int8,

    /// <summary>Hamming distance of all sign bits, then int8, then float32.</summary>
    Signs,

    /// <summary>Short codes, then sign bits, then int8, then float32.</summary>
    Cascade,
}

/// <summary>How many templates each step of a search hands on.</summary>
/// <param name="Mode">The steps.</param>
/// <param name="FirstShare">Of the templates, the share that the short codes let through.</param>
/// <param name="ShortList">Templates compared in int8 after the Hamming distance; all of equal distance come along.</param>
/// <param name="Winners">Templates compared in float32.</param>
internal sealed record SearchPlan(SearchMode Mode, double FirstShare = 1.0 / 32, int ShortList = 4096, int Winners = 32)
{
    /// <summary>For who is certainly enrolled: the nearest of strangers are missed more often.</summary>
    public static SearchPlan Quick { get; } = new(SearchMode.Cascade, FirstShare: 1.0 / 128, ShortList: 1024);

    public static SearchPlan Of(SearchMode mode) => new(mode);
}
