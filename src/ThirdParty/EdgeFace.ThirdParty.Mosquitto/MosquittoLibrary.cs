#nullable enable

using System.Runtime.InteropServices;

namespace EdgeFace.ThirdParty.Mosquitto;

/// <summary>Functions of the library that need no client.</summary>
public static unsafe class MosquittoLibrary
{
    static MosquittoLibrary()
    {
        _ = NativeMethods.mosquitto_lib_init();
        int major, minor, revision;
        _ = NativeMethods.mosquitto_lib_version(&major, &minor, &revision);
        Version = new Version(major, minor, revision);
    }

    /// <summary>Version of the library that was loaded, such as 2.0.11.</summary>
    public static Version Version { get; }

    /// <summary>The library's text for a return code.</summary>
    public static string Describe(MosquittoError error) => Text(NativeMethods.mosquitto_strerror((int)error));

    /// <summary>The library's text for an MQTT 5 reason code.</summary>
    public static string DescribeReason(int reason) => Text(NativeMethods.mosquitto_reason_string(reason));

    /// <summary>The library's text for a return code of an MQTT 3.1.1 CONNACK.</summary>
    public static string DescribeConnack(int code) => Text(NativeMethods.mosquitto_connack_string(code));

    /// <summary>Whether a topic belongs to a subscription filter with + and #; false for a filter that is not well-formed.</summary>
    public static bool Matches(string filter, string topic)
    {
        byte result = 0;
        return NativeMethods.mosquitto_topic_matches_sub(filter, topic, &result) == 0 && result != 0;
    }

    /// <summary>Whether a topic may be published to: without wildcards, 1 to 65535 bytes.</summary>
    public static bool IsTopic(string topic) =>
        topic.Length > 0 && !topic.Contains('\0') && NativeMethods.mosquitto_pub_topic_check(topic) == 0;

    /// <summary>Whether a filter may be subscribed to.</summary>
    public static bool IsFilter(string filter) =>
        filter.Length > 0 && !filter.Contains('\0') && NativeMethods.mosquitto_sub_topic_check(filter) == 0;

    internal static void EnsureInitialised() => _ = Version;

    internal static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";
}
