using System.Text;
using System.Text.Json.Nodes;
using EdgeFace.Messaging.RemoteConfiguration;
using EdgeFace.Messaging.RemoteConfiguration.Cloud;
using EdgeFace.TestKit;

namespace EdgeFace.Messaging.Tests.RemoteConfiguration;

public sealed class CloudMappingTests
{
    private const string Shadow = "$aws/things/door/shadow/name/face";

    [Fact]
    public void A_named_shadow_has_topics_of_its_own()
    {
        var shadow = new AwsShadow("door", "face");
        Assert.All(shadow.Filters, filter => Assert.StartsWith(Shadow + "/", filter, StringComparison.Ordinal));
        Assert.Equal(Shadow + "/get", Assert.Single(shadow.Connected().Send).Topic);
    }

    [Fact]
    public void A_shadow_that_refuses_is_complained_of_and_asked_again_later()
    {
        var shadow = new AwsShadow("door", "face");
        shadow.Connected();
        var refused = shadow.Receive(Message(Shadow + "/get/rejected", """{"code":403,"message":"Forbidden","timestamp":1}"""));
        Assert.Contains("403", refused.Problem, StringComparison.Ordinal);
        Assert.Equal(Shadow + "/get", Assert.Single(shadow.Poll().Send).Topic);

        shadow.Report("""{"version":1}"""u8);
        var told = shadow.Receive(Message(Shadow + "/get/rejected", """{"code":404,"message":"No shadow exists with name: 'face'"}"""));
        Assert.Equal(Shadow + "/update", Assert.Single(told.Send).Topic);
        Assert.Null(told.Problem);
        Assert.Empty(shadow.Poll().Send);
        // The update was not taken: what the shadow holds is asked for before anything is told again.
        Assert.Contains("413", shadow.Receive(Message(Shadow + "/update/rejected", """{"code":413,"message":"too large","clientToken":"edgeface-1"}""")).Problem, StringComparison.Ordinal);
        Assert.Equal(Shadow + "/get", Assert.Single(shadow.Poll().Send).Topic);
    }

    [Fact]
    public void What_the_shadow_holds_is_not_told_again()
    {
        var shadow = new AwsShadow("door", "face");
        shadow.Connected();
        shadow.Report("""{"version":2,"settings":{"a":1},"applied_at":null}"""u8);
        var step = shadow.Receive(Message(Shadow + "/get/accepted", """{"state":{"reported":{"version":1,"settings":{"a":1,"b":2}}},"version":5}"""));
        Assert.Equal("""{"state":{"reported":{"version":2,"settings":{"b":null}}},"clientToken":"edgeface-1"}""", Encoding.UTF8.GetString(Assert.Single(step.Send).Payload));
        Assert.Empty(shadow.Report("""{"version":2,"settings":{"a":1}}"""u8).Send);
        Assert.Single(shadow.Report("""{"version":3,"settings":{"a":1}}"""u8).Send);
    }

    [Fact]
    public void A_hub_that_is_busy_is_asked_again_later_and_one_report_is_under_way_at_a_time()
    {
        var twin = new AzureTwin();
        Assert.Equal("$iothub/twin/GET/?$rid=1", Assert.Single(twin.Connected().Send).Topic);
        Assert.Contains("429", twin.Receive(Message("$iothub/twin/res/429/?$rid=1", "")).Problem, StringComparison.Ordinal);
        Assert.Equal("$iothub/twin/GET/?$rid=2", Assert.Single(twin.Poll().Send).Topic);
        twin.Report("""{"version":1}"""u8);
        var step = twin.Receive(Message("$iothub/twin/res/200/?$rid=2", """{"properties":{"desired":{"settings":{"a":1},"$version":4},"reported":{"$version":1}}}"""));
        // Without a version of its own the document has the twin's.
        Assert.Equal("""{"settings":{"a":1},"version":4}""", Encoding.UTF8.GetString(step.Desired!));
        Assert.Equal("$iothub/twin/PATCH/properties/reported/?$rid=3", Assert.Single(step.Send).Topic);
        Assert.Empty(twin.Report("""{"version":2}"""u8).Send);
        Assert.Empty(twin.Receive(Message("$iothub/twin/res/204/?$rid=99", "")).Send);
        Assert.Equal("$iothub/twin/PATCH/properties/reported/?$rid=4", Assert.Single(twin.Receive(Message("$iothub/twin/res/204/?$rid=3&$version=2", "")).Send).Topic);
        // No answer at all: what the hub holds is asked for before anything is told again.
        Assert.Equal("$iothub/twin/GET/?$rid=5", Assert.Single(twin.Poll().Send).Topic);
        var again = twin.Receive(Message("$iothub/twin/res/200/?$rid=5", """{"desired":{"settings":{"a":1},"$version":4},"reported":{"version":1,"$version":2}}"""));
        Assert.Null(again.Desired);
        Assert.Equal("""{"version":2}""", Encoding.UTF8.GetString(Assert.Single(again.Send).Payload));
    }

    [Fact]
    public void Signed_documents_pass_as_they_are()
    {
        const string Signed = """{"payload":"{}","signature":"x","key_id":"admin"}""";
        var shadow = new AwsShadow("door", null);
        shadow.Connected();
        Assert.Equal(Signed, Encoding.UTF8.GetString(shadow.Receive(Message("$aws/things/door/shadow/get/accepted", $$$"""{"state":{"desired":{{{Signed}}} },"version":1}""")).Desired!));
        var twin = new AzureTwin();
        twin.Connected();
        Assert.Equal(Signed, Encoding.UTF8.GetString(twin.Receive(Message("$iothub/twin/res/200/?$rid=1", $$$"""{"desired":{{{Signed[..^1]}}},"$version":2},"reported":{}}""")).Desired!));
    }

    [Fact]
    public void Mutated_messages_of_a_cloud_do_no_harm()
    {
        var seed = Fuzz.Seed();
        Console.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var accepted = Encoding.UTF8.GetBytes("""{"state":{"desired":{"version":7,"settings":{"a":{"b":1}}},"reported":{"version":1}},"version":9}""");
        var twin = Encoding.UTF8.GetBytes("""{"desired":{"version":7,"settings":{"a":{"b":1}},"$version":3},"reported":{"version":1,"$version":2}}""");
        var (aws, azure) = (new AwsShadow("door", null), new AzureTwin());
        aws.Report("""{"version":0,"settings":{"a":{"b":2}}}"""u8);
        azure.Report("""{"version":0,"settings":{"a":{"b":2}}}"""u8);
        for (var i = 0; i < Fuzz.Count(2_000, 50_000); i++)
        {
            foreach (var topic in aws.Filters)
                Check(aws.Receive(new MqttMessage(topic, Fuzz.Mutate(accepted, random), Retained: false, null, null)));
            var rid = Assert.Single(azure.Connected().Send).Topic.Split('=')[1];
            Check(azure.Receive(new MqttMessage($"$iothub/twin/res/200/?$rid={rid}", Fuzz.Mutate(twin, random), Retained: false, null, null)));
            Check(azure.Receive(new MqttMessage("$iothub/twin/PATCH/properties/desired/?$version=4", Fuzz.Mutate(twin, random), Retained: false, null, null)));
        }

        static void Check(CloudStep step)
        {
            foreach (var message in step.Send.Where(message => message.Payload.Length > 0))
                Assert.NotNull(JsonNode.Parse(message.Payload));
            if (step.Desired is { } desired)
                Assert.IsType<JsonObject>(JsonNode.Parse(desired));
        }
    }

    [Fact]
    public void The_patch_between_two_documents_leads_from_one_to_the_other()
    {
        var seed = Fuzz.Seed();
        Console.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var i = 0; i < 2_000; i++)
        {
            var (from, to) = (Make(random, 3), Make(random, 3));
            var patch = MergePatch.Between(from, to);
            Assert.True(JsonNode.DeepEquals(to, patch is null ? from : MergePatch.Apply(from, patch)), $"{from.ToJsonString()} {to.ToJsonString()}");
            Assert.Null(MergePatch.Between(to, to));
        }

        Assert.Equal("""{"a":{"b":1},"c":null}""", MergePatch.Named(JsonNode.Parse("""{"a":{"b":1,"x":2},"y":3}""")!.AsObject(), JsonNode.Parse("""{"a":{"b":9},"c":4}""")!.AsObject()).ToJsonString());
    }

    private static JsonObject Make(Random random, int depth)
    {
        var document = new JsonObject();
        foreach (var name in (string[])["a", "b", "c"])
        {
            switch (random.Next(depth > 0 ? 4 : 3))
            {
                case 0: document[name] = random.Next(3); break;
                case 1: document[name] = new JsonArray(random.Next(2), "x"); break;
                case 3: document[name] = Make(random, depth - 1); break;
            }
        }

        return document;
    }

    private static MqttMessage Message(string topic, string payload) => new(topic, Encoding.UTF8.GetBytes(payload), Retained: false, null, null);
}
