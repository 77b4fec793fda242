using System.Text;

namespace EdgeFace.Devices.Native;

/// <summary>
/// Cuts a stream of bytes into lines of bounded length: what a foreign program writes may hold anything. Control
/// characters become spaces, so that a line stays a line in every log. Not thread-safe.
/// </summary>
internal sealed class LineSplitter(Action<string> onLine)
{
    public const int MaxLineBytes = 1000;

    private readonly byte[] _line = new byte[MaxLineBytes];
    private int _length;
    private bool _cut;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
        {
            if (value is (byte)'\n' or (byte)'\r')
                Flush();
            else if (_length < MaxLineBytes)
                _line[_length++] = value < 0x20 ? (byte)' ' : value;
            else
                _cut = true;
        }
    }

    /// <summary>Hands out what is left without an end of line.</summary>
    public void Flush()
    {
        if (_length > 0)
            onLine(Encoding.UTF8.GetString(_line, 0, _length) + (_cut ? " ..." : ""));
        _length = 0;
        _cut = false;
    }
}
