using System.Globalization;

namespace EdgeFace.Agent.Configuration;

/// <summary>A broker as written in the configuration: <c>host</c>, <c>host:port</c>, <c>ipv6</c> or <c>[ipv6]:port</c>.</summary>
internal readonly record struct BrokerAddress(string Host, int? Port)
{
    public static bool TryParse(string text, out BrokerAddress address)
    {
        address = default;
        string host = text, port = "";
        if (text.StartsWith('['))
        {
            var end = text.IndexOf(']', StringComparison.Ordinal);
            if (end < 0 || (end + 1 < text.Length && text[end + 1] != ':'))
                return false;
            host = text[1..end];
            port = end + 1 < text.Length ? text[(end + 2)..] : "";
            if ((end + 1 < text.Length && port.Length == 0) || Uri.CheckHostName(host) != UriHostNameType.IPv6)
                return false;
        }
        // More than one colon without brackets can only be an IPv6 address; its last group is not a port.
        else if (text.IndexOf(':', StringComparison.Ordinal) is var colon and >= 0 && colon == text.LastIndexOf(':'))
        {
            host = text[..colon];
            port = text[(colon + 1)..];
            if (port.Length == 0)
                return false;
        }

        if (Uri.CheckHostName(host) == UriHostNameType.Unknown)
            return false;
        if (port.Length == 0)
        {
            address = new BrokerAddress(host, null);
            return true;
        }

        if (!int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > 65_535)
            return false;
        address = new BrokerAddress(host, number);
        return true;
    }
}
