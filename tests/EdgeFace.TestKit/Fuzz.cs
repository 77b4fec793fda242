using System.Globalization;

namespace EdgeFace.TestKit;

/// <summary>Structured random: how often, with what seed, and how bytes are spoiled.</summary>
public static class Fuzz
{
    /// <summary>EDGEFACE_FUZZ_FACTOR, else 1.</summary>
    public static int Factor { get; } = int.TryParse(Environment.GetEnvironmentVariable("EDGEFACE_FUZZ_FACTOR"), CultureInfo.InvariantCulture, out var factor) ? factor : 1;

    /// <summary>How often a loop runs: in the long form (tests/run.sh --full fuzz), or EDGEFACE_FUZZ_COUNT, else in every run of the tests.</summary>
    public static int Count(int always, int full)
        => int.TryParse(Environment.GetEnvironmentVariable("EDGEFACE_FUZZ_COUNT"), CultureInfo.InvariantCulture, out var count) ? count : IsFull ? full : always;

    /// <summary>Whether this is the long form, in which memory is looked at as well.</summary>
    public static bool IsFull { get; } = Environment.GetEnvironmentVariable("EDGEFACE_FULL_FUZZ") is { Length: > 0 };

    /// <summary>EDGEFACE_FUZZ_SEED to repeat a run, else another one each time.</summary>
    public static int Seed()
        => int.TryParse(Environment.GetEnvironmentVariable("EDGEFACE_FUZZ_SEED"), CultureInfo.InvariantCulture, out var seed) ? seed : Random.Shared.Next();

    public static byte[] Mutate(byte[] source, Random random)
    {
        var bytes = source.ToList();
        for (var times = random.Next(1, 4); times > 0 && bytes.Count > 0; times--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes.RemoveAt(at); break;
                case 2: bytes.Insert(at, (byte)"{}[]\",:0e-\\"[random.Next(11)]); break;
                case 3: bytes.RemoveRange(at, random.Next(bytes.Count - at)); break;
                default: bytes.InsertRange(at, bytes.GetRange(at, random.Next(Math.Min(20, bytes.Count - at)))); break;
            }
        }

        return [.. bytes];
    }
}
