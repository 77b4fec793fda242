using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using EdgeFace.Core;

namespace EdgeFace.Gallery;

/// <summary>
/// What a person may be called: 1 to <see cref="MaxLength"/> characters after trimming, without control characters, unique in
/// the gallery ignoring case. Names are compared letter by letter: an accent that is a character of its own is not the
/// letter that has it.
/// </summary>
public static class PersonName
{
    public const int MaxLength = 200;

    /// <summary>Checks a name.</summary>
    /// <param name="name">As typed.</param>
    /// <param name="trimmed">The name to use; null when there is none.</param>
    /// <param name="reason">One line that says what is wrong, without the name; null when nothing is.</param>
    public static bool TryParse(string? name, [NotNullWhen(true)] out string? trimmed, [NotNullWhen(false)] out string? reason)
    {
        var candidate = name?.Trim() ?? "";
        reason = FaultOf(candidate);
        trimmed = reason is null ? candidate : null;
        return reason is null;
    }

    /// <summary>The name to use.</summary>
    /// <exception cref="InputException">The name is not allowed; the message does not repeat it.</exception>
    internal static string Parse(string? name)
        => TryParse(name, out var trimmed, out var reason) ? trimmed : throw new InputException(reason);

    /// <summary>Equal for names that differ in case only.</summary>
    internal static string KeyOf(string trimmed) => trimmed.ToUpperInvariant();

    private static string? FaultOf(string name)
    {
        if (name.Length == 0)
            return $"The name is empty: give a name of 1 to {MaxLength} characters.";
        if (name.Length > MaxLength)
            return $"The name has {name.Length} characters: give at most {MaxLength}.";
        for (var i = 0; i < name.Length; i++)
        {
            if (IsForbidden(name, i))
                return $"The name has a control character or half a character at position {i + 1}: leave it out.";
            if (char.IsHighSurrogate(name[i]))
                i++;
        }

        return null;
    }

    private static bool IsForbidden(string name, int at) => CharUnicodeInfo.GetUnicodeCategory(name[at]) switch
    {
        UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,
        UnicodeCategory.Surrogate => !char.IsSurrogatePair(name, at),
        _ => false,
    };
}
