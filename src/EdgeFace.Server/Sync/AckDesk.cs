using EdgeFace.Server.Hosting;
using EdgeFace.Server.Storage;

namespace EdgeFace.Server.Sync;

/// <summary>Acknowledgements: after a change all boards of a group send one.</summary>
internal sealed class AckDesk(IGalleryStore store) : SharedCommit<DeviceAcknowledgement>
{
    protected override Task WriteAsync(IReadOnlyList<DeviceAcknowledgement> items, CancellationToken cancellation) => store.AcknowledgeAsync(items, cancellation);
}
