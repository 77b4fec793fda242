namespace EdgeFace.Devices.Tests;

public sealed class NativeOutputTests
{
    [Fact]
    public void Capture_native_code_prints_only_the_programs_own_text_reaches_the_real_outputs()
    {
        var (exitCode, text, error) = ChildProcess.Run(["native-output"]);

        Assert.Equal(0, exitCode);
        Assert.Equal(ChildPrograms.Json + "\n", text);
        Assert.Equal(
            """
            own error line
            native|Debug|puts before forwarding
            native|Debug|write to 1
            native|Debug|write to 2
            native|Debug|from a child
            native|Debug|no end of line

            """,
            error);
    }

    [Fact]
    public void Capture_unhandled_exception_is_reported_on_the_real_error_output()
    {
        var (exitCode, text, error) = ChildProcess.Run(["native-crash"]);

        Assert.Equal(128 + 6, exitCode);
        Assert.Equal("", text);
        Assert.Contains("InvalidOperationException: the reason of the crash", error, StringComparison.Ordinal);
    }
}
