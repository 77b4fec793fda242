using System.Security.Cryptography;
using System.Text;

namespace EdgeFace.ModelTools.Evaluation;

/// <summary>What a rule reached.</summary>
/// <param name="Half">Of the people: rules are chosen on <c>even</c> and confirmed on <c>odd</c>.</param>
/// <param name="Templates">Of each person enrolled; <c>1-5</c>: as many as there are, and people with one picture too.</param>
/// <param name="Enrolled">People, in each round.</param>
/// <param name="Probes">Faces of theirs, over all rounds.</param>
/// <param name="Strangers">Faces of others, over all rounds.</param>
/// <param name="Threshold">That one stranger in 100 reaches.</param>
/// <param name="Fnir">Share of the probes that are not named there, or named wrongly.</param>
/// <param name="FnirRare">The same where one stranger in 300 is named.</param>
/// <param name="FpirAtDefault">Share of strangers named at the embedder's own threshold.</param>
/// <param name="FnirAtDefault">Share of probes not named there, or named wrongly.</param>
internal sealed record IdentificationRow(
    string Half, string Templates, string Rule, int Enrolled, int Probes, int Strangers, double Threshold, double Fnir, double FnirRare, double FpirAtDefault, double FnirAtDefault);

/// <summary>
/// Open-set identification with several templates a person (ISO/IEC 19795-1: FPIR, FNIR): in each round some people are enrolled with
/// templates drawn at random, other pictures of theirs are probes, and pictures of everybody else are strangers.
/// </summary>
internal static class Identification
{
    public const int Rounds = 20;

    private const double EnrolledShare = 0.6;
    private const int MostProbes = 5;
    private const int MostStrangers = 3;
    private const double Fpir = 0.01;
    private const double RareFpir = 1.0 / 300;

    /// <summary>Templates of each person; the last is a mixed gallery.</summary>
    private static readonly (int Templates, bool Mixed)[] Galleries = [(2, false), (3, false), (5, false), (5, true)];

    /// <param name="faces">Person and unit vector.</param>
    /// <param name="threshold">The embedder's own.</param>
    /// <param name="progress">Told the galleries done and their number.</param>
    public static IReadOnlyList<IdentificationRow> Run(IReadOnlyList<(string Person, float[] Vector)> faces, double threshold, Action<int, int> progress)
    {
        var rows = new List<IdentificationRow>();
        foreach (var odd in new[] { false, true })
        {
            var half = faces.Where(face => IsOdd(face.Person) == odd).ToList();
            var cosines = new CosineTable(half.ConvertAll(face => face.Vector));
            var people = half.Select((face, i) => (face.Person, i)).GroupBy(face => face.Person, face => face.i, StringComparer.Ordinal).Select(group => group.ToArray()).ToList();
            foreach (var (templates, mixed) in Galleries)
            {
                rows.AddRange(Measure(odd ? "odd" : "even", people, cosines, templates, mixed, threshold));
                progress(rows.Count / NearestRule.All.Count, 2 * Galleries.Length);
            }
        }

        return rows;
    }

    private static bool IsOdd(string person) => (SHA256.HashData(Encoding.UTF8.GetBytes(person))[0] & 1) == 1;

    private static IEnumerable<IdentificationRow> Measure(string half, List<int[]> people, CosineTable cosines, int templates, bool mixed, double threshold)
    {
        var scores = NearestRule.All.Select(_ => (Mates: new List<double>(), Strangers: new List<double>())).ToList();
        var enrolled = 0;
        for (var round = 1; round <= Rounds; round++)
        {
            var draw = IdentificationDraw.Of(people, templates, mixed, EnrolledShare, MostProbes, MostStrangers, new Random(round));
            enrolled = draw.Gallery.Count;
            foreach (var (picture, person) in draw.Probes)
                Score(draw, picture, person, cosines, scores);
        }

        for (var rule = 0; rule < scores.Count; rule++)
        {
            var (mates, strangers) = scores[rule];
            strangers.Sort((a, b) => b.CompareTo(a));
            var (at, rare) = (strangers[(int)(Fpir * strangers.Count)], strangers[(int)(RareFpir * strangers.Count)]);
            yield return new IdentificationRow(
                half, mixed ? $"1-{templates}" : $"{templates}", NearestRule.All[rule].Name, enrolled, mates.Count, strangers.Count, Math.Round(at, 4),
                Share(mates, score => score <= at), Share(mates, score => score <= rare), Share(strangers, score => score >= threshold), Share(mates, score => score < threshold));
        }
    }

    /// <param name="person">Of the gallery; null for a stranger.</param>
    private static void Score(
        IdentificationDraw draw, int picture, int? person, CosineTable cosines, List<(List<double> Mates, List<double> Strangers)> scores)
    {
        Span<(int Person, double Score)> best = stackalloc (int, double)[scores.Count];
        best.Fill((-1, double.NegativeInfinity));
        Span<float> values = stackalloc float[MostProbes];
        Span<int> rows = stackalloc int[MostProbes];
        for (var other = 0; other < draw.Gallery.Count; other++)
        {
            var templates = draw.Gallery[other];
            templates.CopyTo(rows);
            for (var i = 0; i < templates.Length; i++)
                values[i] = -cosines[picture, templates[i]];
            values[..templates.Length].Sort(rows[..templates.Length]);
            for (var i = 0; i < templates.Length; i++)
                values[i] = -values[i];
            for (var rule = 0; rule < best.Length; rule++)
            {
                if (NearestRule.All[rule].Of(values[..templates.Length], rows[..templates.Length], cosines) is var score && score > best[rule].Score)
                    best[rule] = (other, score);
            }
        }

        for (var rule = 0; rule < best.Length; rule++)
        {
            // Named wrongly counts as not named, whatever the threshold.
            if (person is { } mate)
                scores[rule].Mates.Add(best[rule].Person == mate ? best[rule].Score : -1);
            else
                scores[rule].Strangers.Add(best[rule].Score);
        }
    }

    private static double Share(List<double> scores, Func<double, bool> counts) => Math.Round((double)scores.Count(counts) / scores.Count, 5);
}

/// <summary>Who is enrolled in a round, with which pictures, and who comes.</summary>
/// <param name="Gallery">Pictures of each person.</param>
/// <param name="Probes">Pictures with the number of the person; null for strangers.</param>
internal sealed record IdentificationDraw(IReadOnlyList<int[]> Gallery, IReadOnlyList<(int Picture, int? Person)> Probes)
{
    /// <param name="people">Pictures of each.</param>
    /// <param name="mixed">Up to so many templates, as there are, and half of those with one picture are enrolled too, as others who are there.</param>
    public static IdentificationDraw Of(List<int[]> people, int templates, bool mixed, double share, int mostProbes, int mostStrangers, Random random)
    {
        var shuffled = people.Select(pictures => pictures.ToArray()).ToArray();
        random.Shuffle(shuffled);
        foreach (var pictures in shuffled)
            random.Shuffle(pictures);
        var least = mixed ? 2 : templates + 1;
        var fit = shuffled.Where(pictures => pictures.Length >= least).ToList();
        var enrolled = fit.Take((int)(share * fit.Count)).ToHashSet();
        if (mixed)
            enrolled.UnionWith(shuffled.Where(pictures => pictures.Length == 1).Where((_, i) => i % 2 == 0));
        var (gallery, probes) = (new List<int[]>(), new List<(int, int?)>());
        foreach (var pictures in shuffled)
        {
            if (!enrolled.Contains(pictures))
            {
                probes.AddRange(pictures.Take(mostStrangers).Select(picture => (picture, (int?)null)));
                continue;
            }

            var own = Math.Min(templates, Math.Max(1, pictures.Length - 1));
            probes.AddRange(pictures.Skip(own).Take(mostProbes).Select(picture => (picture, (int?)gallery.Count)));
            gallery.Add(pictures[..own]);
        }

        return new IdentificationDraw(gallery, probes);
    }
}
