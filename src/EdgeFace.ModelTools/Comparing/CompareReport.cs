namespace EdgeFace.ModelTools.Comparing;

/// <summary>Two models side by side.</summary>
/// <param name="Protocol">How the times were taken.</param>
/// <param name="Ratio">Time of A over time of B: below 1 when A is faster.</param>
/// <param name="AtMost">The budget for the median ratio, if one was given.</param>
/// <param name="WithinBudget">Null without a budget.</param>
internal sealed record CompareReport(
    string Protocol,
    string Machine,
    ComparedFigures A,
    ComparedFigures B,
    RatioFigures Ratio,
    double? AtMost,
    bool? WithinBudget);

/// <param name="Macs">Null when the model holds what cannot be counted.</param>
/// <param name="MedianMilliseconds">Of one run.</param>
/// <param name="Precision">Null without data.</param>
internal sealed record ComparedFigures(
    string Model, IReadOnlyList<int> Input, long Bytes, long? Macs, double MedianMilliseconds, ComparedPrecision? Precision);

/// <summary>Average precision by WIDER FACE's protocol, 0..1.</summary>
internal sealed record ComparedPrecision(string Protocol, double? Easy, double? Medium, double? Hard);

/// <summary>Of the ratios pair by pair.</summary>
/// <param name="P10">A tenth of the pairs lies below.</param>
/// <param name="P90">A tenth of the pairs lies above.</param>
internal sealed record RatioFigures(double Median, double P10, double P90, int Pairs);
