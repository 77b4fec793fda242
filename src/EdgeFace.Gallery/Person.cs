namespace EdgeFace.Gallery;

/// <summary>Someone whom the gallery knows.</summary>
/// <param name="Id">Stable for as long as the person is in the gallery.</param>
/// <param name="Name">As enrolled; see <see cref="PersonName"/> for what is allowed.</param>
/// <param name="CreatedAt">Whole milliseconds, UTC.</param>
public sealed record Person(Guid Id, string Name, DateTimeOffset CreatedAt)
{
    /// <summary>Cosine from which on a face is theirs, -1..1; null: their group's if they are of a server, otherwise the board's.</summary>
    public float? Threshold { get; init; }

    /// <summary>Whether they came from a gallery server, where alone they can be changed.</summary>
    public bool IsOfServer { get; init; }

    /// <param name="group">The threshold of the group of the server's people; null for none.</param>
    /// <returns>What the gallery says that they must reach; null: nothing, the board's holds.</returns>
    internal float? ThresholdIn(float? group) => Threshold ?? (IsOfServer ? group : null);

    /// <summary>The id alone: whatever prints a person into a log must not print the name.</summary>
    public override string ToString() => $"Person {Id}";
}

/// <summary>A line of the gallery's list.</summary>
/// <param name="Person">Who.</param>
/// <param name="Templates">How many templates there are, over all models.</param>
/// <param name="LastTemplateAt">When the newest of them was made; null when there is none.</param>
public sealed record PersonSummary(Person Person, int Templates, DateTimeOffset? LastTemplateAt);
