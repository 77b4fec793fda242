using System.Diagnostics;
using EdgeFace.TestKit;

namespace EdgeFace.Server.Tests;

/// <summary>deploy/install.sh --server, below a folder instead of the root, with the build that the tests have.</summary>
public sealed class InstallTests : IDisposable
{
    private static readonly string Script = Path.Combine(Repository.Root, "deploy/install.sh");

    private readonly TemporaryFolder _folder = new();

    private string Config => _folder.File("etc/edgeface-server/server.json");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Server_is_installed_updated_and_removed()
    {
        Install();
        Assert.Equal(File.ReadAllText(Path.Combine(Repository.Root, "deploy/server.example.json")), File.ReadAllText(Config));
        foreach (var file in new[] { "etc/systemd/system/edgeface-server.service", "etc/sysusers.d/edgeface-server.conf", "etc/tmpfiles.d/edgeface-server.conf", "opt/edgeface-server/wwwroot/index.html", "opt/edgeface-server/LICENSE" })
            Assert.True(File.Exists(_folder.File(file)), file);
        Assert.Single(Directory.GetDirectories(_folder.File("opt/edgeface-server/runtimes")));
        var (code, said) = Run(_folder.File("usr/local/bin/edgeface-server"), "version");
        Assert.True(code == 0 && said.StartsWith("edgeface-server ", StringComparison.Ordinal), said);
        (code, said) = Run(_folder.File("usr/local/bin/edgeface-server"), "key", "create", "--role", "admin", "--config", Config, "--data", _folder.File("data"));
        Assert.True(code == 0 && said.StartsWith("efk_", StringComparison.Ordinal), said);

        File.WriteAllText(Config, "{}");
        File.WriteAllText(_folder.File("opt/edgeface-server/of-an-earlier-version"), "");
        Install();
        Assert.Equal("{}", File.ReadAllText(Config));
        Assert.False(File.Exists(_folder.File("opt/edgeface-server/of-an-earlier-version")));

        Assert.Equal(0, Run("bash", Script, "--server", "--uninstall", "--root", _folder.Path).Code);
        Assert.Equal([Config], Files().Where(file => !file.EndsWith("example.json", StringComparison.Ordinal) && !file.StartsWith(_folder.File("data"), StringComparison.Ordinal)));
        Assert.Equal(0, Run("bash", Script, "--server", "--uninstall", "--purge", "--root", _folder.Path).Code);
        Assert.DoesNotContain(Files(), file => file.Contains("etc/", StringComparison.Ordinal));
    }

    [Fact]
    public void What_cannot_be_installed_changes_nothing()
    {
        Directory.CreateDirectory(_folder.File("empty"));

        var (code, said) = Run("bash", Script, "--server", "--root", _folder.File("root"), "--built", _folder.File("empty"));
        Assert.Equal(2, code);
        Assert.Contains("holds no build of edgeface-server", said, StringComparison.Ordinal);
        Assert.Equal(2, Run("bash", Script, "--server", "--root", _folder.File("root"), "--start").Code);
        Assert.Equal(2, Run("bash", Script, "--sever").Code);
        Assert.Equal(2, Run("bash", Script, "--server", "--built").Code);
        Assert.Empty(Files());
    }

    private void Install()
    {
        var (code, said) = Run("bash", Script, "--server", "--root", _folder.Path, "--built", Path.GetDirectoryName(ServerProcess.Program)!);
        Assert.True(code == 0, said);
    }

    private string[] Files() => Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories);

    private static (int Code, string Said) Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.Result);
    }
}
