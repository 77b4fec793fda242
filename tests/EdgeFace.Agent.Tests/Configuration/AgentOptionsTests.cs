using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text;
using System.Text.Json;
using EdgeFace.Agent.Configuration;

namespace EdgeFace.Agent.Tests.Configuration;

public sealed class AgentOptionsTests
{
    [Fact]
    public void Every_default_lies_inside_its_own_range()
    {
        var seen = 0;
        foreach (var (owner, property) in Properties())
        {
            // A camera has no name and source until it is given them.
            if (property.GetCustomAttribute<RequiredAttribute>() is not null)
                continue;
            foreach (var attribute in property.GetCustomAttributes<ValidationAttribute>())
            {
                Assert.True(attribute.IsValid(property.GetValue(owner)), $"{owner.GetType().Name}.{property.Name} = {property.GetValue(owner)}");
                seen++;
            }
        }

        Assert.True(seen > 40, $"only {seen} limits were found");
    }

    [Fact]
    public void Every_number_has_a_range_of_its_own_type()
    {
        foreach (var (owner, property) in Properties())
        {
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            if (type != typeof(int) && type != typeof(double))
                continue;
            var name = $"{owner.GetType().Name}.{property.Name}";
            if (property.GetCustomAttribute<RangeAttribute>() is { } range)
                Assert.True(range.OperandType == type, $"{name}: a range of {range.OperandType.Name} would round or overflow");
            else
                Assert.True(property.GetCustomAttribute<RangeOrZeroAttribute>() is not null, $"{name} has no range");
        }
    }

    [Fact]
    public void Every_text_has_a_length()
    {
        foreach (var (owner, property) in Properties())
        {
            if (property.PropertyType == typeof(string))
                Assert.True(property.GetCustomAttribute<StringLengthAttribute>() is not null, $"{owner.GetType().Name}.{property.Name}");
            else if (property.PropertyType != typeof(string) && property.PropertyType.IsAssignableTo(typeof(IEnumerable)))
                Assert.True(property.GetCustomAttribute<MaxLengthAttribute>() is not null, $"{owner.GetType().Name}.{property.Name}");
        }
    }

    [Fact]
    public void What_config_show_prints_can_be_read_again()
    {
        var options = new AgentOptions { Device = "a", Cameras = [new CameraOptions { Name = "door", Source = "rtsp://cam/1", Width = 640, Height = 480 }] };
        var json = JsonSerializer.Serialize(options, SettingsReader.JsonOptions);
        // Null stands for "not set" in what is printed; only where a setting may be null.
        var errors = new List<SettingsError>();
        var read = SettingsReader.Read<AgentOptions>(Encoding.UTF8.GetBytes(json), errors);
        Assert.Empty(errors);
        Assert.Equal(json, JsonSerializer.Serialize(read, SettingsReader.JsonOptions));
    }

    private static IEnumerable<(object Owner, PropertyInfo Property)> Properties()
    {
        var waiting = new Queue<object>([new AgentOptions(), new CameraOptions()]);
        while (waiting.TryDequeue(out var owner))
        {
            foreach (var property in owner.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
            {
                if (property.GetValue(owner) is { } value and not IEnumerable && value.GetType().Namespace == typeof(AgentOptions).Namespace && value.GetType().IsClass)
                    waiting.Enqueue(value);
                else
                    yield return (owner, property);
            }
        }
    }
}
