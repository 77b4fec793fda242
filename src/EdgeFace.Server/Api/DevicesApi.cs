using EdgeFace.Server.Faces;
using EdgeFace.Server.Security;
using EdgeFace.Server.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace EdgeFace.Server.Api;

/// <summary>Groups, devices and thresholds.</summary>
internal static class DevicesApi
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var groups = routes.MapGroup("/v1/groups").WithTags("groups");
        groups.MapGet("", ListGroupsAsync).WithMetadata(AllowedRoles.Staff).WithSummary("All groups.").Produces<GroupsView>();
        groups.MapGet("/{name}", GetGroupAsync).WithMetadata(AllowedRoles.Staff).WithSummary("A group.").Produces<GroupView>();
        groups.MapPut("/{name}", PutGroupAsync).WithMetadata(AllowedRoles.Admin).WithSummary("Makes a group, or sets its threshold.").Takes<GroupBody>().Produces<GroupView>().Produces<GroupView>(201);
        groups.MapDelete("/{name}", RemoveGroupAsync).WithMetadata(AllowedRoles.Admin).WithSummary("Removes a group without people and devices.").Produces(204);

        var devices = routes.MapGroup("/v1/devices").WithTags("devices");
        devices.MapGet("", ListAsync).WithMetadata(AllowedRoles.Staff).WithSummary("All devices with their revision and lag.").Produces<DevicesView>();
        devices.MapGet("/{id}", GetAsync).WithMetadata(AllowedRoles.Everyone).WithSummary("A device; a device sees itself alone.").Produces<DeviceView>();
        devices.MapPut("/{id}", PutAsync).WithMetadata(AllowedRoles.Admin).WithSummary("Makes a device, or moves it to another group.").Takes<DeviceBody>().Produces<DeviceView>();
        devices.MapDelete("/{id}", RemoveAsync).WithMetadata(AllowedRoles.Admin).WithSummary("Removes a device and revokes its keys.").Produces(204);

        routes.MapGet("/v1/thresholds", GetThresholdAsync).WithTags("thresholds").WithMetadata(AllowedRoles.Staff).WithSummary("The server's threshold.").Produces<ThresholdView>();
        routes.MapPut("/v1/thresholds", PutThresholdAsync).WithTags("thresholds").WithMetadata(AllowedRoles.Admin)
            .WithSummary("Sets the threshold of groups and people without their own; null takes the model's.").Takes<ThresholdBody>().Produces<ThresholdView>();
    }

    private static async Task<IResult> ListGroupsAsync(IGalleryStore store, HttpContext context)
        => Bodies.Ok(new GroupsView([.. (await store.ListGroupsAsync(context.RequestAborted)).Select(GroupView.Of)]));

    private static async Task<IResult> GetGroupAsync(IGalleryStore store, HttpContext context, string name)
        => Bodies.Ok(GroupView.Of(await store.FindGroupAsync(name, context.RequestAborted) ?? throw RequestException.NotFound("group")));

    private static async Task<IResult> PutGroupAsync(IGalleryStore store, HttpContext context, Caller caller, string name)
    {
        CheckName(name);
        var body = await Bodies.ReadAsync<GroupBody>(context);
        if (await store.SetGroupThresholdAsync(name, body.Threshold, caller.Actor, context.RequestAborted) is { } group)
            return Bodies.Ok(GroupView.Of(group));
        var made = await store.CreateGroupAsync(name, body.Threshold, caller.Actor, context.RequestAborted);
        return Bodies.Created($"/v1/groups/{name}", GroupView.Of(made));
    }

    private static async Task<IResult> RemoveGroupAsync(IGalleryStore store, HttpContext context, Caller caller, string name)
        => await store.RemoveGroupAsync(name, caller.Actor, context.RequestAborted) ? Results.NoContent() : throw RequestException.NotFound("group");

    private static async Task<IResult> ListAsync(IGalleryStore store, HttpContext context)
        => Bodies.Ok(new DevicesView([.. (await store.ListDevicesAsync(context.RequestAborted)).Select(DeviceView.Of)]));

    private static async Task<IResult> GetAsync(IGalleryStore store, HttpContext context, Caller caller, string id)
    {
        // To a device the others are not there.
        if (caller.Role == Role.Device && caller.DeviceId != id)
            throw RequestException.NotFound("device");
        return Bodies.Ok(DeviceView.Of(await store.FindDeviceAsync(id, context.RequestAborted) ?? throw RequestException.NotFound("device")));
    }

    private static async Task<IResult> PutAsync(IGalleryStore store, HttpContext context, Caller caller, string id)
    {
        CheckName(id);
        var body = await Bodies.ReadAsync<DeviceBody>(context);
        return Bodies.Ok(DeviceView.Of(await store.PutDeviceAsync(id, body.Group!, caller.Actor, context.RequestAborted)));
    }

    private static async Task<IResult> RemoveAsync(IGalleryStore store, HttpContext context, Caller caller, string id)
        => await store.RemoveDeviceAsync(id, caller.Actor, context.RequestAborted) ? Results.NoContent() : throw RequestException.NotFound("device");

    private static async Task<IResult> GetThresholdAsync(IGalleryStore store, FaceWorkshop workshop, HttpContext context)
        => Bodies.Ok(new ThresholdView(await store.GlobalThresholdAsync(context.RequestAborted), workshop.DefaultThreshold));

    private static async Task<IResult> PutThresholdAsync(IGalleryStore store, FaceWorkshop workshop, HttpContext context, Caller caller)
    {
        var body = await Bodies.ReadAsync<ThresholdBody>(context);
        await store.SetGlobalThresholdAsync(body.Threshold, caller.Actor, context.RequestAborted);
        return Bodies.Ok(new ThresholdView(body.Threshold, workshop.DefaultThreshold));
    }

    private static void CheckName(string name)
    {
        if (!GroupName.IsValid(name))
            throw new RequestException(400, "invalid", $"The name {GroupName.Rule}.");
    }
}
