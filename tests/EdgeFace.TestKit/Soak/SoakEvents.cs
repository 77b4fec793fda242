using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using EdgeFace.TestKit.Mqtt;

namespace EdgeFace.TestKit.Soak;

/// <summary>The events of a soak: each a camera and a number, which give its id, its topic and every byte of its payload.</summary>
public static partial class SoakEvents
{
    public const string Filter = "edgeface/soak/camera/+/visit";

    public static string Id(int camera, int number) => string.Create(CultureInfo.InvariantCulture, $"c{camera}-{number}");

    public static string Topic(int camera) => string.Create(CultureInfo.InvariantCulture, $"edgeface/soak/camera/c{camera}/visit");

    public static byte[] Payload(int camera, int number, int bytes)
    {
        var text = new StringBuilder(Id(camera, number)).Append(' ');
        var random = new Random((camera * 1_000_003) + number);
        while (text.Length < bytes)
            text.Append((char)('a' + random.Next(26)));
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    /// <summary>What a message is; null when it is none of these events, whole.</summary>
    public static (int Camera, int Number)? Parse(ObservedMessage message, int bytes)
    {
        var match = Begin().Match(message.Text);
        if (!match.Success)
            return null;
        var (camera, number) = (Number(match.Groups[1]), Number(match.Groups[2]));
        return message.Topic == Topic(camera) && message.Payload.AsSpan().SequenceEqual(Payload(camera, number, bytes)) ? (camera, number) : null;
    }

    private static int Number(Group digits) => int.Parse(digits.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^c(\d{1,4})-(\d{1,8}) ")]
    private static partial Regex Begin();
}
