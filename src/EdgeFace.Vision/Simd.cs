namespace EdgeFace.Vision;

internal static class Simd
{
    public static string Name => "scalar";
}
