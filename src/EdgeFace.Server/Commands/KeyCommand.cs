using System.CommandLine;
using EdgeFace.Core;
using EdgeFace.Server.Api;
using EdgeFace.Server.Security;
using EdgeFace.Server.Storage;

namespace EdgeFace.Server.Commands;

/// <summary><c>edgeface-server key</c>: keys without a key, for whoever may read the configuration; the first one is made so.</summary>
internal static class KeyCommand
{
    public static Command Create(CommandContext context) => new("key", "Make, list and revoke API keys.")
    {
        CreateCreate(context), CreateList(context), CreateRevoke(context),
    };

    private static Command CreateCreate(CommandContext context)
    {
        var role = new Option<Role>("--role") { Description = "What the key may do.", Required = true };
        var device = new Option<string?>("--device") { Description = "For the role device: the device that the key is bound to; made if it is not there.", HelpName = "ID" };
        var group = new Option<string>("--group") { Description = "Group of a device that is made.", HelpName = "NAME", DefaultValueFactory = _ => StoreSchema.DefaultGroup };
        var label = new Option<string>("--label") { Description = "What the key is for, to tell keys apart.", HelpName = "TEXT", DefaultValueFactory = _ => "" };
        var command = new Command("create", "Make a key and print it. It is shown this once: only a hash of it is kept.") { role, device, group, label, context.Config, context.Data, context.Json };
        command.SetAction((parsed, cancellation) => context.WithStoreAsync(parsed, async store =>
        {
            var (text, key) = ApiKey.Create(parsed.GetValue(role), parsed.GetValue(device), parsed.GetValue(label)!, context.Time);
            if (key.Role == Role.Device != (key.DeviceId is not null))
                throw new InputException("--device goes with --role device, and only with it.");
            if (key.DeviceId is { } id)
                await EnsureDeviceAsync(store, id, parsed.GetValue(group)!, cancellation);
            await store.AddKeyAsync(key, Actor.CommandLine, cancellation);
            if (parsed.GetValue(context.Json))
                context.WriteJson(new { Key = text, key.Id, Role = Names.Of(key.Role), key.DeviceId, key.Label });
            else
                context.Out.WriteLine(text);
            return CommandLine.Ok;
        }, cancellation));
        return command;
    }

    private static Command CreateList(CommandContext context)
    {
        var command = new Command("list", "List the keys, without their secrets.") { context.Config, context.Data, context.Json };
        command.SetAction((parsed, cancellation) => context.WithStoreAsync(parsed, async store =>
        {
            var keys = await store.ListKeysAsync(cancellation);
            if (parsed.GetValue(context.Json))
                context.WriteJson(keys.Select(key => new { key.Id, Role = Names.Of(key.Role), key.DeviceId, key.Label, key.CreatedAt, key.RevokedAt, key.LastUsedAt }));
            else
                Print(context.Out, keys);
            return CommandLine.Ok;
        }, cancellation));
        return command;
    }

    private static Command CreateRevoke(CommandContext context)
    {
        var id = new Argument<string>("ID") { Description = "Of the key: the 12 digits after efk_." };
        var command = new Command("revoke", "Revoke a key, at once and for good.") { id, context.Config, context.Data };
        command.SetAction((parsed, cancellation) => context.WithStoreAsync(parsed, async store =>
            await store.RevokeKeyAsync(parsed.GetValue(id)!, Actor.CommandLine, cancellation)
                ? CommandLine.Ok
                : throw new InputException("There is no such key, or it is revoked already; see 'edgeface-server key list'."), cancellation));
        return command;
    }

    private static async Task EnsureDeviceAsync(IGalleryStore store, string id, string group, CancellationToken cancellation)
    {
        if (!GroupName.IsValid(id))
            throw new InputException($"--device {GroupName.Rule}.");
        if (await store.FindDeviceAsync(id, cancellation) is null)
            await store.PutDeviceAsync(id, group, Actor.CommandLine, cancellation);
    }

    private static void Print(TextWriter output, IReadOnlyList<KeyRecord> keys)
    {
        foreach (var key in keys)
        {
            var state = key.RevokedAt is not null ? "revoked" : key.LastUsedAt is { } used ? $"used {used:yyyy-MM-dd HH:mm}" : "never used";
            output.WriteLine(string.Join("  ", new[] { key.Id, Names.Of(key.Role), state, key.DeviceId, key.Label }.Where(part => !string.IsNullOrEmpty(part))));
        }
    }
}
