using System.Diagnostics;
using EdgeFace.TestKit;

namespace EdgeFace.Devices.Tests;

public sealed class SystemdUnitTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "systemd");

    [ToolFact("systemd-analyze")]
    public void Unit_is_understood_by_systemd()
    {
        using var folder = new TemporaryFolder();
        var unit = File.ReadAllText(Path.Combine(Folder, "edgeface.service"));
        Assert.Contains("ExecStart=/usr/bin/dotnet ", unit, StringComparison.Ordinal);
        // Where .NET lies on the machine that tests is not the question.
        File.WriteAllText(folder.File("edgeface.service"), unit.Replace("/usr/bin/dotnet", "/bin/true", StringComparison.Ordinal));

        Assert.Equal((0, ""), Run("systemd-analyze", "verify", folder.File("edgeface.service")));
    }

    [ToolFact("systemd-sysusers")]
    public void User_is_made_and_may_open_cameras()
    {
        using var root = new TemporaryFolder();
        Directory.CreateDirectory(root.File("etc"));
        File.WriteAllText(root.File("etc/passwd"), "root:x:0:0::/root:/bin/sh\n");
        File.WriteAllText(root.File("etc/group"), "root:x:0:\nvideo:x:44:\n");

        var (exitCode, _) = Run("systemd-sysusers", "--root=" + root.Path, Path.Combine(Folder, "sysusers.d", "edgeface.conf"));

        Assert.Equal(0, exitCode);
        Assert.Contains("edgeface:x:", File.ReadAllText(root.File("etc/passwd")), StringComparison.Ordinal);
        Assert.Contains("video:x:44:edgeface", File.ReadAllText(root.File("etc/group")), StringComparison.Ordinal);
    }

    private static (int ExitCode, string Said) Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, said);
    }
}
