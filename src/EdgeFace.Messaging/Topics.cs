using System.Text;

namespace EdgeFace.Messaging;

/// <summary>The topics of a device, and what their levels may be called.</summary>
public static class Topics
{
    /// <summary>Root level when none is set.</summary>
    public const string DefaultRoot = "edgeface";

    /// <summary>Longest name of one level, in bytes of UTF-8.</summary>
    public const int MaxLevelBytes = 64;

    private const int MaxTopicLength = 512;

    private static readonly string[] ReservedNames =
        ["camera", "status", "config", "request", "response", "health", "gallery", "metrics", "pictures", "presence", "update", "self-test"];

    /// <summary>Names that levels of the product's own topics have; no root, device or camera may be called so.</summary>
    public static IReadOnlyList<string> Reserved => ReservedNames;

    /// <summary><c>root/device/camera/CAMERA/visit</c></summary>
    /// <exception cref="ArgumentException">A name is not valid; the message says which and why.</exception>
    public static string Visit(string root, string device, string camera) =>
        $"{Level(root, nameof(root))}/{Level(device, nameof(device))}/camera/{Level(camera, nameof(camera))}/visit";

    /// <summary><c>root/device/status</c></summary>
    /// <exception cref="ArgumentException">A name is not valid; the message says which and why.</exception>
    public static string Status(string root, string device) =>
        $"{Level(root, nameof(root))}/{Level(device, nameof(device))}/status";

    /// <summary><c>root/device/config/desired</c></summary>
    /// <exception cref="ArgumentException">A name is not valid; the message says which and why.</exception>
    public static string ConfigDesired(string root, string device) => $"{Device(root, device)}/config/desired";

    /// <summary><c>root/device/config/reported</c></summary>
    /// <exception cref="ArgumentException">A name is not valid; the message says which and why.</exception>
    public static string ConfigReported(string root, string device) => $"{Device(root, device)}/config/reported";

    /// <summary><c>root/device/health</c></summary>
    /// <exception cref="ArgumentException">A name is not valid; the message says which and why.</exception>
    public static string Health(string root, string device) => $"{Device(root, device)}/health";

    /// <summary><c>root/device/request/NAME</c>; the name may be the wildcard <c>+</c>.</summary>
    /// <exception cref="ArgumentException">A name is not valid; the message says which and why.</exception>
    public static string Request(string root, string device, string name) => $"{Device(root, device)}/request/{name}";

    /// <summary><c>root/device/response/NAME</c></summary>
    /// <exception cref="ArgumentException">A name is not valid; the message says which and why.</exception>
    public static string Response(string root, string device, string name) => $"{Device(root, device)}/response/{name}";

    /// <summary><c>root/device/NAME</c></summary>
    /// <exception cref="ArgumentException">A name is not valid; the message says which and why.</exception>
    public static string Of(string root, string device, string name) => $"{Device(root, device)}/{name}";

    /// <summary><c>root/device/pictures/CAMERA/NAME</c></summary>
    /// <exception cref="ArgumentException">A name is not valid; the message says which and why.</exception>
    public static string Picture(string root, string device, string camera, string name)
        => $"{Device(root, device)}/pictures/{Level(camera, nameof(camera))}/{name}";

    /// <summary>Whether an answer may be sent to a topic: <c>root/NAME/response/...</c>, where nothing acts on what it hears.</summary>
    public static bool IsResponse(string root, string topic)
    {
        var levels = topic.Split('/');
        return levels.Length >= 4 && levels[0] == root && levels[2] == "response" && topic.Length <= MaxTopicLength && topic.IndexOfAny(['+', '#', '\0']) < 0 && Array.TrueForAll(levels, level => level.Length > 0);
    }

    /// <summary>Whether a name may be one level of a topic; <paramref name="reason"/> says why not, and is empty otherwise.</summary>
    public static bool IsValidLevel(string name, out string reason)
    {
        reason = Refusal(name);
        return reason.Length == 0;
    }

    private static string Device(string root, string device) => $"{Level(root, nameof(root))}/{Level(device, nameof(device))}";

    private static string Refusal(string name)
    {
        if (string.IsNullOrEmpty(name))
            return "a name must not be empty";
        if (name[0] == '$')
            return $"'{name}' begins with '$', which brokers keep for themselves";
        foreach (var character in name)
        {
            if (character is '+' or '#' or '/')
                return $"'{name}' contains '{character}', which means something in a topic";
            if (char.IsControl(character))
                return $"a name contains the control character U+{(int)character:X4}";
        }

        if (!IsWellFormed(name))
            return "a name holds half of a surrogate pair";
        if (Encoding.UTF8.GetByteCount(name) is var bytes and > MaxLevelBytes)
            return $"a name has {bytes} bytes, more than {MaxLevelBytes}";
        return ReservedNames.Contains(name, StringComparer.OrdinalIgnoreCase)
            ? $"'{name}' is reserved: {string.Join(", ", ReservedNames)}"
            : "";
    }

    private static bool IsWellFormed(string name)
    {
        for (var i = 0; i < name.Length; i++)
        {
            if (!char.IsSurrogate(name[i]))
                continue;
            if (i + 1 == name.Length || !char.IsSurrogatePair(name[i], name[i + 1]))
                return false;
            i++;
        }

        return true;
    }

    private static string Level(string name, string what) =>
        IsValidLevel(name, out var reason) ? name : throw new ArgumentException($"{what}: {reason}", what);
}
