using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using EdgeFace.Core;
using EdgeFace.Messaging.RemoteConfiguration;
using EdgeFace.TestKit;

namespace EdgeFace.Messaging.Tests.RemoteConfiguration;

public sealed class DesiredDocumentTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly KeyRing _ring;

    public DesiredDocumentTests()
    {
        File.WriteAllText(_folder.File("admin.pem"), _key.ExportSubjectPublicKeyInfoPem());
        _ring = KeyRing.Read([("admin", _folder.File("admin.pem"))]);
    }

    public void Dispose()
    {
        _ring.Dispose();
        _key.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_plain_document_is_read()
    {
        var document = Read("""{"version":7,"settings":{"a":1}}""");
        Assert.Equal(new VersionedSettings(7, """{"a":1}""", IsSigned: false), document.Settings);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("[]", "")]
    [InlineData("{", "")]
    [InlineData("""{"version":1,"version":2,"settings":{}}""", "")]
    [InlineData("""{"version":1,"settings":{"a":1,"a":2}}""", "")]
    [InlineData("""{"version":0,"settings":{}}""", "version")]
    [InlineData("""{"version":1.5,"settings":{}}""", "version")]
    [InlineData("""{"version":"1","settings":{}}""", "version")]
    [InlineData("""{"version":9007199254740992,"settings":{}}""", "version")]
    [InlineData("""{"version":1}""", "settings")]
    [InlineData("""{"version":1,"settings":[]}""", "settings")]
    [InlineData("""{"version":1,"settings":null}""", "settings")]
    [InlineData("""{"settings":3,"oops":1}""", "oops,version,settings")]
    [InlineData("""{"payload":1,"oops":1}""", "oops,payload,signature,key_id")]
    [InlineData("""{"version":1,"settings":{"a":"\ud800"}}""", "")]
    [InlineData("""{"version":1,"settings":{"\udc00":1}}""", "")]
    public void What_is_wrong_is_listed(string text, string paths)
    {
        var document = Read(text);
        Assert.Null(document.Settings);
        Assert.Equal(paths, string.Join(',', document.Faults.Select(fault => fault.Path)));
        Assert.All(document.Faults, fault => Assert.Equal(400, fault.Code));
    }

    [Fact]
    public void Too_deep_and_too_large_documents_are_refused()
    {
        Assert.NotEmpty(Read($$$"""{"version":1,"settings":{"a":{{{new string('[', 50)}}}{{{new string(']', 50)}}} }}""").Faults);
        Assert.NotEmpty(Read($$$"""{"version":1,"settings":{"a":"{{{new string('x', DesiredDocument.MaxBytes)}}}"}}""").Faults);
    }

    [Theory]
    [InlineData("door")]
    [InlineData("*")]
    public void A_signed_document_for_this_device_is_taken(string device)
    {
        var document = Read(Signed($$$"""{"version":7,"device":"{{{device}}}","settings":{}}"""));
        Assert.True(document.Settings!.IsSigned);
    }

    [Theory]
    [InlineData("""{"version":7,"settings":{}}""")]
    [InlineData("""{"version":7,"device":"gate","settings":{}}""")]
    public void A_signed_document_for_another_device_is_not(string payload)
        => Assert.Equal(("device", 403), Only(Read(Signed(payload))));

    [Fact]
    public void A_signature_that_does_not_fit_is_refused()
    {
        const string Payload = """{"version":7,"device":"door","settings":{}}""";
        Assert.Equal(("signature", 403), Only(Read(Signed(Payload, tamper: text => text.Replace('7', '8')))));
        Assert.Equal(("signature", 403), Only(Read(Signed(Payload, keyId: "other"))));
        Assert.Equal(("signature", 403), Only(Read(Signed(Payload, signature: "????"))));
        Assert.Equal(("signature", 403), Only(Read(Signed(Payload, signature: "AAAA"))));
        Assert.Equal(("signature", 403), Only(Read(Signed(Payload, signature: ""))));
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var forged = Convert.ToBase64String(stranger.SignData(Encoding.UTF8.GetBytes(Payload), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        Assert.Equal(("signature", 403), Only(Read(Signed(Payload, signature: forged))));
    }

    [Fact]
    public void Keys_of_other_kinds_are_refused_at_the_start()
    {
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        File.WriteAllText(_folder.File("p384.pem"), p384.ExportSubjectPublicKeyInfoPem());
        Assert.Contains("P-256", Refusal("p384.pem"), StringComparison.Ordinal);
        File.WriteAllText(_folder.File("text.pem"), "no key");
        Assert.Contains("cannot be read", Refusal("text.pem"), StringComparison.Ordinal);
        Assert.Contains("cannot be read", Refusal("missing.pem"), StringComparison.Ordinal);
        Assert.Contains("twice", Assert.Throws<InputException>(() => KeyRing.Read([("a", _folder.File("admin.pem")), ("a", _folder.File("admin.pem"))])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Mutated_documents_never_throw_and_never_pass_for_signed()
    {
        var seed = Fuzz.Seed();
        Console.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var sources = new[] { Encoding.UTF8.GetBytes("""{"version":7,"settings":{"a":{"b":[1,null,"x"]}}}"""), Encoding.UTF8.GetBytes(Signed("""{"version":7,"device":"door","settings":{"a":1}}""")) };
        var original = Read(Encoding.UTF8.GetString(sources[1])).Settings!;
        for (var i = 0; i < 2_000 * Fuzz.Factor; i++)
        {
            var bytes = Fuzz.Mutate(sources[i % 2], random);
            var document = DesiredDocument.Read(bytes, _ring, "door");
            Assert.Equal(document.Settings is null, document.Faults.Count > 0);
            if (document.Settings is { IsSigned: true } settings)
                Assert.Equal(original, settings);
        }
    }

    private static (string, int) Only(DesiredDocument document)
    {
        Assert.Null(document.Settings);
        var fault = Assert.Single(document.Faults);
        return (fault.Path, fault.Code);
    }

    private string Refusal(string file) => Assert.Throws<InputException>(() => KeyRing.Read([("a", _folder.File(file))])).Message;

    private DesiredDocument Read(string text) => DesiredDocument.Read(Encoding.UTF8.GetBytes(text), _ring, "door");

    private string Signed(string payload, string keyId = "admin", Func<string, string>? tamper = null, string? signature = null)
    {
        var made = Convert.ToBase64String(_key.SignData(Encoding.UTF8.GetBytes(payload), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        return new JsonObject { ["payload"] = tamper?.Invoke(payload) ?? payload, ["signature"] = signature ?? made, ["key_id"] = keyId }.ToJsonString();
    }
}
