using EdgeFace.Server.Storage;
using Microsoft.AspNetCore.Http;

namespace EdgeFace.Server.Security;

/// <summary>Who asks.</summary>
/// <param name="Id">Of the key, or <c>device:ID</c> for a device with a certificate.</param>
/// <param name="Role">What the caller may do.</param>
/// <param name="DeviceId">Of a device, else null.</param>
internal sealed record Caller(string Id, Role Role, string? DeviceId)
{
    public Actor Actor => new(Id);

    /// <summary>For handlers: the one whom <see cref="Authentication"/> let in.</summary>
    public static ValueTask<Caller?> BindAsync(HttpContext context) => ValueTask.FromResult(context.Features.Get<Caller>());
}

/// <summary>Who may use an address. An address below /v1 without one is closed to everybody.</summary>
internal sealed class AllowedRoles(params Role[] roles)
{
    public static readonly AllowedRoles Admin = new(Role.Admin);
    public static readonly AllowedRoles Staff = new(Role.Operator, Role.Admin);
    public static readonly AllowedRoles Device = new(Role.Device);
    public static readonly AllowedRoles Everyone = new(Role.Device, Role.Operator, Role.Admin);

    public bool Contains(Role role) => roles.Contains(role);
}
