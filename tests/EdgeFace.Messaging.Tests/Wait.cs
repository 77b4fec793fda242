namespace EdgeFace.Messaging.Tests;

internal static class Wait
{
    /// <summary>Polls until the condition holds; fails with what was awaited when it does not in time.</summary>
    public static async Task Until(Func<bool> condition, string what, double seconds = 10)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begun).TotalSeconds < seconds, $"not in {seconds} s: {what}");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }
}
