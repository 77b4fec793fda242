using EdgeFace.Server.Hosting;
using EdgeFace.Server.Storage;

namespace EdgeFace.Server.Security;

/// <summary>Notes of keys used and devices heard of.</summary>
internal sealed class UseDesk(IGalleryStore store) : SharedCommit<KeyUse>
{
    protected override Task WriteAsync(IReadOnlyList<KeyUse> items, CancellationToken cancellation) => store.KeysUsedAsync(items, cancellation);
}
