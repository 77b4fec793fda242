using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using EdgeFace.Gallery;
using EdgeFace.Server.Storage;

namespace EdgeFace.Server.Api;

/// <summary>A person as callers write one.</summary>
internal sealed record PersonBody
{
    public const int MaxGroups = 64;
    public const int MaxRetentionDays = 36_500;

    [Required]
    [StringLength(PersonName.MaxLength, MinimumLength = 1)]
    [Description("Unique ignoring case.")]
    public string? Name { get; init; }

    [MaxLength(MaxGroups)]
    [Description("Groups of devices that get the person; left out: the group 'default'.")]
    public IReadOnlyList<string>? Groups { get; init; }

    [Range(-1.0, 1.0)]
    [Description("Cosine from which on a face counts as this person; null: the group's, else the server's, else the model's.")]
    public float? Threshold { get; init; }

    [StringLength(200, MinimumLength = 1)]
    [Description("Where the person's consent is kept, such as the number of a form.")]
    public string? ConsentReference { get; init; }

    [Range(1, MaxRetentionDays)]
    [Description("Days from now after which the person is erased; instead of expires_at.")]
    public int? RetentionDays { get; init; }

    [Description("When the person is erased.")]
    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>A person as callers get one.</summary>
internal sealed record PersonView(
    Guid Id, string Name, IReadOnlyList<string> Groups, float? Threshold, string? ConsentReference, DateTimeOffset? ExpiresAt,
    string? ModelSha256, int Templates, int Photos, long Version, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    public static PersonView Of(PersonRecord person) => new(
        person.Id, person.Draft.Name, person.Draft.Groups, person.Draft.Threshold, person.Draft.ConsentReference, person.Draft.ExpiresAt,
        person.ModelId, person.Templates, person.Photos, person.Version, person.CreatedAt, person.UpdatedAt);
}

internal sealed record PeopleView(IReadOnlyList<PersonView> People, Guid? Next);

internal sealed record FindBody
{
    [Required]
    [StringLength(PersonName.MaxLength, MinimumLength = 1)]
    public string? Name { get; init; }
}

/// <summary>A vector made on a board.</summary>
internal sealed record TemplateBody
{
    public const int MaxDimension = 4096;

    [Required]
    [StringLength(64, MinimumLength = 64)]
    [Description("SHA-256 of the embedder's file, 64 hex digits; must be the server's.")]
    public string? ModelSha256 { get; init; }

    [Required]
    [MinLength(16)]
    [MaxLength(MaxDimension)]
    public IReadOnlyList<float>? Vector { get; init; }

    [Range(0.0, 1.0)]
    public float Quality { get; init; } = 1;
}

internal sealed record TemplateView(Guid Id, string ModelSha256, int Dimension, float Quality, bool HasPhoto, DateTimeOffset CreatedAt)
{
    public static TemplateView Of(TemplateInfo info) => new(info.Id, info.ModelId, info.Dimension, info.Quality, info.HasPhoto, info.CreatedAt);
}

internal sealed record TemplatesView(IReadOnlyList<TemplateView> Templates);

internal sealed record AddedView(Guid TemplateId, PersonView Person, VerdictView? Verdict);

/// <summary>What came of a photo.</summary>
/// <param name="Code">Why it was refused; null when it was accepted.</param>
/// <param name="Reason">The same for people.</param>
/// <param name="Face">In pixels of the picture; null when there is none.</param>
internal sealed record VerdictView(bool Accepted, string? Code, string? Reason, QualityView? Quality, FaceView? Face, int Width, int Height);

/// <summary>0 (useless) to 1 (as good as needed) each.</summary>
internal sealed record QualityView(float Total, float Size, float Sharpness, float Exposure, float Pose, float InFrame);

internal sealed record FaceView(float X, float Y, float Width, float Height);

/// <summary>That a person was erased, and which boards have said so.</summary>
/// <param name="Complete">Whether every device of the person's groups holds a revision from the tombstone on.</param>
/// <param name="StoreScrubbed">Whether what was deleted is gone from the store's own files too.</param>
internal sealed record ErasureView(
    Guid PersonId, long Revision, DateTimeOffset ErasedAt, bool StoreScrubbed, bool Complete, IReadOnlyList<ErasureDeviceView> Devices);

internal sealed record ErasureDeviceView(string Id, long AcknowledgedRevision, DateTimeOffset? AcknowledgedAt, string? Digest, bool Confirmed);

internal sealed record GroupBody
{
    [Range(-1.0, 1.0)]
    public float? Threshold { get; init; }
}

internal sealed record GroupView(string Name, float? Threshold, long Revision, int People, int Devices, DateTimeOffset CreatedAt)
{
    public static GroupView Of(GroupRecord group) => new(group.Name, group.Threshold, group.Revision, group.People, group.Devices, group.CreatedAt);
}

internal sealed record GroupsView(IReadOnlyList<GroupView> Groups);

internal sealed record DeviceBody
{
    [Required]
    [StringLength(64, MinimumLength = 1)]
    public string? Group { get; init; }
}

/// <summary>A board. <c>lag</c>: changes of its group that it does not have yet.</summary>
internal sealed record DeviceView(
    string Id, string Group, long Revision, long GroupRevision, int Lag, string? Digest, string? ModelSha256, DateTimeOffset? AcknowledgedAt,
    DateTimeOffset? LastSeenAt, DateTimeOffset CreatedAt)
{
    public static DeviceView Of(DeviceRecord device) => new(
        device.Id, device.Group, device.Revision, device.GroupRevision, device.Lag, device.Digest, device.ModelId, device.AcknowledgedAt, device.LastSeenAt,
        device.CreatedAt);
}

internal sealed record DevicesView(IReadOnlyList<DeviceView> Devices);

internal sealed record KeyBody
{
    [Required]
    public Role? Role { get; init; }

    [StringLength(64, MinimumLength = 1)]
    [Description("For the role device: the device that the key is bound to.")]
    public string? DeviceId { get; init; }

    [StringLength(100)]
    public string Label { get; init; } = "";
}

internal sealed record KeyView(string Id, Role Role, string? DeviceId, string Label, DateTimeOffset CreatedAt, DateTimeOffset? RevokedAt, DateTimeOffset? LastUsedAt)
{
    public static KeyView Of(KeyRecord key) => new(key.Id, key.Role, key.DeviceId, key.Label, key.CreatedAt, key.RevokedAt, key.LastUsedAt);
}

internal sealed record KeysView(IReadOnlyList<KeyView> Keys);

/// <summary>A new key; the only time that its text is shown.</summary>
internal sealed record NewKeyView(string Key, KeyView Record);

internal sealed record ThresholdBody
{
    [Range(-1.0, 1.0)]
    public float? Threshold { get; init; }
}

/// <param name="Threshold">Null: the model's own.</param>
/// <param name="Model">The embedder's own, from its manifest.</param>
internal sealed record ThresholdView(float? Threshold, float Model);

/// <param name="PersonName">Of a person who is still there.</param>
internal sealed record AuditView(long Number, DateTimeOffset At, string Actor, string Action, Guid? PersonId, string? PersonName, string? Detail);

internal sealed record AuditPageView(IReadOnlyList<AuditView> Entries, long? Next);

/// <summary>Who is asking.</summary>
internal sealed record MeView(string Id, Role Role, string? DeviceId, string ModelSha256, bool KeepsPhotos);
