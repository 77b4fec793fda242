using System.ComponentModel.DataAnnotations;

namespace EdgeFace.Agent.Configuration;

/// <summary>Whose form desired and reported settings have.</summary>
internal enum CloudKind
{
    /// <summary>The product's own topics.</summary>
    None,

    /// <summary>The device shadow of AWS IoT.</summary>
    Aws,

    /// <summary>The device twin of Azure IoT Hub, which takes no other topics than its own.</summary>
    Azure,
}

/// <summary>Settings by way of a cloud.</summary>
internal sealed record CloudOptions
{
    /// <summary>Default <see cref="CloudKind.None"/>.</summary>
    public CloudKind Kind { get; init; }

    /// <summary>Name of the thing (AWS) or id of the device (Azure); default: the device's name.</summary>
    [StringLength(128, MinimumLength = 1)]
    public string? Thing { get; init; }

    /// <summary>Name of an AWS shadow; default: the classic one.</summary>
    [StringLength(64, MinimumLength = 1)]
    public string? Shadow { get; init; }
}
