using System.ComponentModel.DataAnnotations;

namespace EdgeFace.Core.Configuration;

/// <summary>A range that 0, for "not set", also satisfies.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class RangeOrZeroAttribute(int minimum, int maximum) : ValidationAttribute
{
    public int Minimum { get; } = minimum;

    public int Maximum { get; } = maximum;

    public override bool IsValid(object? value) => value is int number && (number == 0 || (number >= Minimum && number <= Maximum));
}
