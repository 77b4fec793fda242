using System.Text;

namespace EdgeFace.Server.Storage;

/// <summary>Texts that are kept as bytes.</summary>
internal static class SealedText
{
    public static byte[] Write(string text) => Encoding.UTF8.GetBytes(text);

    public static string Read(byte[] bytes) => Encoding.UTF8.GetString(bytes);
}
