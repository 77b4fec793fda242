using System.Globalization;

namespace EdgeFace.ModelTools.Evaluation;

/// <summary>A detector's report for people.</summary>
internal static class DetectorReportText
{
    private static readonly CultureInfo Text = CultureInfo.InvariantCulture;

    public static void Print(DetectorReport report, TextWriter output)
    {
        output.WriteLine($"model      {report.Model}");
        output.WriteLine($"machine    {report.Machine}");
        if (report.Wider is { } wider)
            Print(wider, output);
        if (report.FaceFree is { } empty)
        {
            output.WriteLine(string.Create(Text, $"face-free  {empty.FalsePositives} false positives in {empty.Pictures} pictures, {empty.FalsePositivesPer1000:0.0} per 1,000"));
            output.WriteLine($"           {empty.Protocol}");
        }

        if (report.Portraits is { } portraits)
        {
            output.WriteLine(string.Create(Text, $"portraits  {portraits.WithFace} of {portraits.Pictures} with a face, {portraits.ShareWithFace * 100:0.00} %"));
            output.WriteLine($"           {portraits.Protocol}");
        }

        Print(report.Thresholds, output);
        foreach (var what in report.LeftOut)
            output.WriteLine($"left out   {what}");
    }

    private static void Print(WiderResult wider, TextWriter output)
    {
        output.WriteLine($"WIDER      easy {Percent(wider.Easy.AveragePrecision)}  medium {Percent(wider.Medium.AveragePrecision)}  hard {Percent(wider.Hard.AveragePrecision)}"
            + $"  ({wider.Easy.Faces} / {wider.Medium.Faces} / {wider.Hard.Faces} faces in {wider.Pictures} pictures)");
        output.WriteLine($"           {wider.Protocol}");
        foreach (var size in wider.BySize)
            output.WriteLine($"  height {Heights(size.MinHeight, size.MaxHeight),-8} {Percent(size.AveragePrecision)}  ({size.Faces} valid faces)");
        output.WriteLine(string.Create(Text, $"  {wider.MillisecondsPerPicture:0.00} ms per picture"));
        if (wider.Landmarks is { Error: var error } landmarks)
        {
            output.WriteLine($"points     NME {Percent(error.NormalizedMeanError)} over {error.Found} of {error.Labelled} labelled faces");
            output.WriteLine($"           {landmarks.Protocol}");
        }
    }

    private static void Print(IReadOnlyList<ThresholdResult> thresholds, TextWriter output)
    {
        var sizes = thresholds[0].RecallBySize is { } bySize ? string.Concat(bySize.Select(size => $"  {Heights(size.MinHeight, size.MaxHeight),7}")) : "";
        output.WriteLine($"threshold  false positives  per 1,000  portraits  recall (hard){sizes}");
        foreach (var at in thresholds)
        {
            output.WriteLine(string.Create(
                Text, $"  {at.Threshold,-8:0.###} {Number(at.FalsePositives),15}  {Number(at.FalsePositivesPer1000),9}  {Percent(at.ShareWithFace),9}  {Percent(at.Recall),13}")
                + string.Concat((at.RecallBySize ?? []).Select(size => $"  {Percent(size.Recall),7}")));
        }
    }

    private static string Heights(int least, int? most) => most is { } limit ? $"{least}-{limit}" : $"{least}-";

    private static string Number(double? value) => value is { } known ? known.ToString("0.#", Text) : "-";

    private static string Percent(double? share) => share is { } known ? (known * 100).ToString("0.00", Text) : "-";
}
