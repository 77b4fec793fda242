using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Remote;
using EdgeFace.Messaging.RemoteConfiguration;

namespace EdgeFace.Agent.Tests.Remote;

public sealed class SettingsRulesTests : IDisposable
{
    private readonly RulesHost _host = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public void Every_error_is_listed_with_its_path()
        => Assert.Equal(
            "400:cameras[0].source 400:recognition.threshold 400:recognition.min_qualty 400:mqtt.keep_alive_seconds 400:logging.level",
            _host.Faults("""
                {
                  "recognition": { "threshold": 7, "min_qualty": 0.5 },
                  "mqtt": { "keep_alive_seconds": "often" },
                  "cameras": [ { "name": "a" } ],
                  "logging": { "level": "loud" }
                }
                """));

    [Fact]
    public void Rules_across_settings_hold_as_in_a_file()
        => Assert.Contains("recognition.known_after_faces", _host.Faults("""{"recognition":{"known_after_faces":9}}"""), StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"recognition":{"threshold":0.5,"min_quality":0.1}}""")]
    [InlineData("""{"recordings":{"enabled":true,"keep_count":7}}""")]
    [InlineData("""{"logging":{"level":"debug"}}""")]
    [InlineData("{}")]
    public void Live_settings_need_no_restart(string patch)
    {
        var verdict = _host.Judge(patch);
        Assert.Empty(verdict.Faults);
        Assert.Empty(verdict.RestartRequired);
        Assert.False(verdict.TouchesConnection);
    }

    [Theory]
    [InlineData("""{"tracking":{"max_lost_ms":900}}""", "tracking.max_lost_ms")]
    [InlineData("""{"models":{"detector_input":"640x480"}}""", "models.detector_input")]
    [InlineData("""{"cameras":[]}""", "cameras")]
    [InlineData("""{"recognition":{"detection_threshold":0.6,"threshold":0.5}}""", "recognition.detection_threshold")]
    public void What_needs_a_restart_says_so(string patch, string paths) => Assert.Equal(paths, string.Join(',', _host.Judge(patch).RestartRequired));

    [Theory]
    [InlineData("""{"mqtt":{"servers":["other"]}}""")]
    [InlineData("""{"mqtt":{"topic_root":"faces"}}""")]
    [InlineData("""{"device":"gate"}""")]
    [InlineData("""{"mqtt":null}""")]
    public void The_connection_is_known_for_what_it_is(string patch) => Assert.True(_host.Judge(patch, isSigned: true).TouchesConnection);

    [Theory]
    [InlineData("""{"mqtt":{"tls":{"enabled":true}}}""", "mqtt.tls.enabled")]
    [InlineData("""{"data_folder":"/var/lib/other"}""", "data_folder")]
    [InlineData("""{"mqtt":{"password_file":null}}""", "mqtt.password_file")]
    [InlineData("""{"recordings":{"folder":"/srv/pictures"}}""", "recordings.folder")]
    public void Security_settings_need_a_signature(string patch, string path)
    {
        Assert.Equal($"403:{path}", _host.Faults(patch));
        Assert.Equal("", _host.Faults(patch, isSigned: true));
    }

    [Theory]
    [InlineData("""{"remote":{"locked":[]}}""", "remote.locked")]
    [InlineData("""{"remote":{"keys":[{"id":"a","file":"b"}]}}""", "remote.keys")]
    [InlineData("""{"remote":{"probation_seconds":3600}}""", "remote.probation_seconds")]
    [InlineData("""{"remote":{"enabled":false}}""", "remote.enabled")]
    public void What_is_not_on_the_list_cannot_be_changed_by_anybody(string patch, string path) => Assert.Equal($"403:{path}", _host.Faults(patch, isSigned: true));

    [Fact]
    public void Locked_settings_and_sections_are_412()
        => Assert.Equal("412:recognition.min_face_pixels 412:snapshots.enabled", _host.Faults("""{"recognition":{"min_face_pixels":99},"snapshots":{"enabled":true}}""", isSigned: true));

    [Theory]
    [InlineData("""{"remote":{"locked":["recognition.treshold"]}}""", "remote.locked[0]: there is no setting or section 'recognition.treshold'")]
    [InlineData("""{"remote":{"keys":[{"id":"a","file":"b"},{"id":"a","file":"c"}]}}""", "remote.keys[1].id: 'a' is the id of an earlier key too")]
    public void Locks_and_keys_of_the_file_are_checked(string document, string complaint)
    {
        var errors = new List<SettingsError>();
        AgentConfiguration.Read(System.Text.Encoding.UTF8.GetBytes(document), null, AgentConfiguration.Overrides.None, errors);
        Assert.Equal(complaint, Assert.Single(errors).ToString());
    }

    [Fact]
    public void Saying_what_is_so_anyway_is_no_change()
        => Assert.Equal("", _host.Faults($$$"""{"device":"door","data_folder":"{{{_host.Path("data")}}}","remote":{"probation_seconds":120}}"""));

    [Fact]
    public void An_unsigned_document_cannot_take_back_what_a_signed_one_set()
    {
        var current = new VersionedSettings(1, """{"data_folder":"elsewhere"}""", IsSigned: true);
        var fault = Assert.Single(_host.Rules.Judge(new VersionedSettings(2, "{}", IsSigned: false), current, current).Faults);
        Assert.Equal(("data_folder", 403), (fault.Path, fault.Code));
    }

    [Fact]
    public void Files_that_are_not_there_are_found_out_before_anything_stops()
        => Assert.Equal("400:mqtt.tls.ca_file", _host.Faults("""{"mqtt":{"tls":{"enabled":true,"ca_file":"none.pem"}}}""", isSigned: true));

    [Fact]
    public void Nothing_secret_is_reported()
    {
        var text = SettingsRules.Describe(_host.Rules.Own).ToJsonString();
        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);
        Assert.Contains("rtsp://***@camera/stream", text, StringComparison.Ordinal);
        Assert.Contains(_host.Path("password"), text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_faulty_address_is_told_without_its_password()
        => Assert.DoesNotContain("secret", string.Concat(_host.Judge("""{"recognition":{"threshold":"rtsp://u:secret@h/"}}""").Faults), StringComparison.Ordinal);

    [Fact]
    public void Every_setting_that_can_be_changed_from_afar_is_live_needs_a_restart_or_is_the_connection()
    {
        string[] live = ["recognition.", "snapshots.", "recordings.", "enrollment.", "logging."];
        foreach (var (path, traits) in SettingCatalog.All)
        {
            if (traits.Access != RemoteAccess.None && !traits.RestartRequired && !traits.Connection)
                Assert.Contains(live, prefix => path.StartsWith(prefix, StringComparison.Ordinal));
        }
    }
}
