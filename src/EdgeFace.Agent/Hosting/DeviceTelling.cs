using EdgeFace.Agent.Remote;
using EdgeFace.Agent.Requests;

namespace EdgeFace.Agent.Hosting;

/// <summary>What a run of the agent says and answers beside visits; ended together, before what they ask is closed.</summary>
internal sealed class DeviceTelling(DeviceReports reports, DeviceRequests requests) : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        requests.Dispose();
        await reports.DisposeAsync();
    }
}
