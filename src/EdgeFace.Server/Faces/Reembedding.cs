using EdgeFace.Core;
using EdgeFace.Server.Api;
using EdgeFace.Server.Configuration;
using EdgeFace.Server.Storage;

namespace EdgeFace.Server.Faces;

/// <summary>After a change of the embedder: makes new templates from the photos that were kept, once, at the start.</summary>
internal sealed class Reembedding(IGalleryStore store, FaceWorkshop workshop, ServerOptions options, TimeProvider time, ILogger<Reembedding> logger) : BackgroundService
{
    private const int Batch = 100;
    private static readonly Actor Who = new("re-embedding");
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Photos.Keep)
            return;
        try
        {
            await RunAsync(stoppingToken);
        }
        catch (InputException error)
        {
            Log.StoreFailed(logger, error.Message);
        }
    }

    /// <returns>How many people have new templates.</returns>
    internal async Task<int> RunAsync(CancellationToken cancellation)
    {
        var done = 0;
        var left = 0;
        for (Guid? last = null; await store.PeopleOfOtherModelsAsync(workshop.ModelSha256, last, Batch, cancellation) is { Count: > 0 } people; last = people[^1])
        {
            foreach (var person in people)
                _ = await TryAsync(person, cancellation) ? done++ : left++;
        }

        if (done + left > 0)
            Log.Reembedded(logger, done, left);
        return done;
    }

    private async Task<bool> TryAsync(Guid id, CancellationToken cancellation)
    {
        if (await store.FindPersonAsync(id, cancellation) is not { } person)
            return false;
        var drafts = new List<TemplateDraft>();
        foreach (var photo in await store.PhotosOfAsync(id, cancellation))
        {
            if (await JudgeAsync(photo, cancellation) is { Embedding: { } embedding, View.Quality: { } quality })
                drafts.Add(new TemplateDraft(workshop.ModelSha256, embedding.Values.ToArray(), quality.Total, photo));
        }

        if (drafts.Count == 0)
            return false;
        try
        {
            return await store.AddTemplatesAsync(id, drafts, person.Version, Who, cancellation) is not null;
        }
        catch (StoreRefusalException)
        {
            // Changed meanwhile, perhaps by another instance that does the same.
            return false;
        }
    }

    private async Task<JudgedPhoto?> JudgeAsync(byte[] photo, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                return await workshop.JudgeAsync(photo, largest: true, keep: false, cancellation);
            }
            catch (RequestException busy) when (busy.Status == 503)
            {
                // People who wait in front of the page come first.
                await Task.Delay(Pause, time, cancellation);
            }
            catch (RequestException)
            {
                return null;
            }
        }
    }
}
