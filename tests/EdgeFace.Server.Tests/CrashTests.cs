using System.Net.Http.Headers;
using EdgeFace.TestKit;

namespace EdgeFace.Server.Tests;

/// <summary>The server killed in the middle of its work.</summary>
public sealed class CrashTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_was_answered_survives_a_kill_and_revisions_have_no_gap()
    {
        using var server = new ServerProcess(_folder.Path);
        var key = server.NewKey("--role", "operator");
        var answered = new List<string>();
        for (var round = 0; round < 3; round++)
        {
            await server.StartAsync();
            using var client = new HttpClient { BaseAddress = server.Address, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", key) } };
            var writers = Enumerable.Range(0, 4).Select(writer => WriteAsync(client, $"Person {round}/{writer}", answered)).ToList();
            while (Count(answered) < (round + 1) * 25)
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
            server.Kill();
            await Task.WhenAll(writers);
        }

        await server.StartAsync();
        using var last = new HttpClient { BaseAddress = server.Address, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", key) } };
        var (_, page) = await last.GetJsonAsync("/v1/people?limit=1000");
        var people = page!["people"]!.AsArray();

        Assert.Subset(people.Select(person => person.Text("name")).ToHashSet(StringComparer.Ordinal), answered.ToHashSet(StringComparer.Ordinal));
        Assert.Equal(Enumerable.Range(1, people.Count).Select(number => (long)number), people.Select(person => person!["version"]!.GetValue<long>()).Order());
    }

    private static async Task WriteAsync(HttpClient client, string prefix, List<string> answered)
    {
        try
        {
            for (var i = 0; ; i++)
            {
                await client.AddPersonAsync($"{prefix}/{i}");
                lock (answered)
                    answered.Add($"{prefix}/{i}");
            }
        }
        catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException)
        {
            // Killed.
        }
    }

    private static int Count(List<string> answered)
    {
        lock (answered)
            return answered.Count;
    }
}
