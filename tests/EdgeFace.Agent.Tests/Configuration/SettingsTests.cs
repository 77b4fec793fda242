using System.Text;
using EdgeFace.Agent.Configuration;
using EdgeFace.Core;
using EdgeFace.TestKit;

namespace EdgeFace.Agent.Tests.Configuration;

/// <summary>What a user reads who got the configuration file wrong.</summary>
public sealed class SettingsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => _folder.File("edgeface.json");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{"devise":"a"}""", "devise: there is no such setting; did you mean 'device'?")]
    [InlineData("""{"zzzzzzzzzz":1}""", "zzzzzzzzzz: there is no such setting")]
    [InlineData("""{"mqtt":{"keepalive_seconds":9}}""", "mqtt.keepalive_seconds: there is no such setting; did you mean 'keep_alive_seconds'?")]
    [InlineData("""{"recognition":{"min_face_pixels":"40"}}""", "recognition.min_face_pixels: must be a whole number, is \"40\"")]
    [InlineData("""{"recognition":{"min_face_pixels":40.5}}""", "recognition.min_face_pixels: must be a whole number, is 40.5")]
    [InlineData("""{"recognition":{"min_face_pixels":99999999999}}""", "recognition.min_face_pixels: must be a whole number, is 99999999999")]
    [InlineData("""{"recognition":{"min_quality":true}}""", "recognition.min_quality: must be a number, is true")]
    [InlineData("""{"snapshots":{"enabled":1}}""", "snapshots.enabled: must be true or false, is 1")]
    [InlineData("""{"logging":{"level":"loud"}}""", "logging.level: must be one of debug, information, warning, error, is \"loud\"")]
    [InlineData("""{"logging":{"level":"Debug"}}""", "logging.level: must be one of debug, information, warning, error, is \"Debug\"")]
    [InlineData("""{"logging":{"level":"debug, error"}}""", "logging.level: must be one of debug, information, warning, error, is \"debug, error\"")]
    [InlineData("""{"logging":{"level":1}}""", "logging.level: must be one of debug, information, warning, error, is 1")]
    [InlineData("""{"device":7}""", "device: must be a text, is 7")]
    [InlineData("""{"device":"\ud800"}""", "device: must be a text, is \"\\ud800\"")]
    [InlineData("""{"data_folder":"a\u0000b"}""", "data_folder: must not hold control characters")]
    [InlineData("""{"\ud800":1}""", "?: there is no such setting")]
    [InlineData("""{"models":{"detector_input":"416"}}""", "models.detector_input: must be WIDTHxHEIGHT as in 416x320, both multiples of 32 from 64 to 1920, is \"416\"")]
    [InlineData("""{"models":{"detector_input":"400x300"}}""", "models.detector_input: must be WIDTHxHEIGHT as in 416x320, both multiples of 32 from 64 to 1920, is \"400x300\"")]
    [InlineData("""{"models":{"detector_input":416}}""", "models.detector_input: must be a text, is 416")]
    [InlineData("""{"models":[]}""", "models: must be an object, is a list")]
    [InlineData("""{"cameras":{}}""", "cameras: must be a list, is an object")]
    [InlineData("""{"cameras":[1]}""", "cameras[0]: must be an object, is 1")]
    [InlineData("""{"mqtt":{"servers":[null]}}""", "mqtt.servers[0]: must be a text, is null")]
    [InlineData("""{"mqtt":{"servers":[]}}""", "mqtt.servers: must hold at least 1 entries, holds 0")]
    [InlineData("""{"device":null}""", "device: must not be null; leave it out for the default")]
    [InlineData("""{"device":"a","device":"b"}""", "device: stands there twice")]
    [InlineData("""{"device":""}""", "device: must be 1 to 64 characters long, is 0")]
    [InlineData("""{"recognition":{"min_face_pixels":15}}""", "recognition.min_face_pixels: must be from 16 to 2000, is 15")]
    [InlineData("""{"recognition":{"threshold":1.5}}""", "recognition.threshold: must be from -1 to 1, is 1.5")]
    [InlineData("""{"cameras":[{"name":"a","source":"f","width":10,"height":480}]}""", "cameras[0].width: must be 0 or from 64 to 7680, is 10")]
    [InlineData("""{"cameras":[{"name":"a","source":"f","start_seconds":1e30}]}""", "cameras[0].start_seconds: must be from 0 to 86400, is 1E+30")]
    [InlineData("""{"cameras":[{"name":"a","source":"f","frames_per_second":-0.4}]}""", "cameras[0].frames_per_second: must be from 0 to 240, is -0.4")]
    [InlineData("""{"cameras":[{"source":"f"}]}""", "cameras[0].name: must be given")]
    [InlineData("""{"cameras":[{"name":"","source":"f"}]}""", "cameras[0].name: must not be empty")]
    [InlineData("""{"cameras":[{"name":"door/1","source":"f"}]}""", "cameras[0].name: 'door/1' contains '/', which means something in a topic")]
    [InlineData("""{"cameras":[{"name":"a","source":"-f"}]}""", "cameras[0].source: must not begin with '-'")]
    [InlineData("""{"cameras":[{"name":"a","source":"rtsp://"}]}""", "cameras[0].source: is not a valid address")]
    [InlineData("""{"cameras":[{"name":"a","source":"gopher://x"}]}""",
        "cameras[0].source: 'gopher' is not a kind of source that is known: give a file, a folder of pictures, rtsp://..., http://..., tcp://... or /dev/videoN")]
    [InlineData("""{"cameras":[{"name":"a","source":"http://cam/","pace":"max"}]}""", "cameras[0].pace: max is for files and folders: a live source cannot be read faster")]
    [InlineData("""{"cameras":[{"name":"a","source":"f","width":640}]}""", "cameras[0].width: width and height must be given together, or both be 0")]
    [InlineData("""{"cameras":[{"name":"a","source":"f","reopen_ms":500,"max_reopen_ms":100}]}""", "cameras[0].max_reopen_ms: must not be below reopen_ms (500)")]
    [InlineData("""{"cameras":[{"name":"a","source":"f"},{"name":"A","source":"g"}]}""", "cameras[1].name: 'A' is the name of an earlier camera too")]
    [InlineData("""{"device":"a+b"}""", "device: 'a+b' contains '+', which means something in a topic")]
    [InlineData("""{"device":"Status"}""", "device: 'Status' is reserved: camera, status, config, request, response, health, gallery, metrics, pictures, presence, update, self-test")]
    [InlineData("""{"mqtt":{"topic_root":"a#"}}""", "mqtt.topic_root: 'a#' contains '#', which means something in a topic")]
    [InlineData("""{"mqtt":{"servers":["ok","a b"]}}""", "mqtt.servers[1]: 'a b' is not host or host:port")]
    [InlineData("""{"mqtt":{"password_file":"p"}}""", "mqtt.password_file: needs username_file as well")]
    [InlineData("""{"mqtt":{"tls":{"enabled":true,"key_file":"k"}}}""", "mqtt.tls.certificate_file: certificate_file and key_file must be given together")]
    [InlineData("""{"mqtt":{"tls":{"ca_file":"c"}}}""", "mqtt.tls.enabled: must be true when certificates are given: they would not be used")]
    [InlineData("""{"recognition":{"known_after_faces":6}}""", "recognition.known_after_faces: must not be above unknown_after_faces (5), or nobody would ever be known")]
    [InlineData("", "it is empty; write {} to keep every default")]
    [InlineData(" \n", "it is empty; write {} to keep every default")]
    [InlineData("[]", "must be an object, is a list")]
    [InlineData("null", "must be an object, is null")]
    [InlineData("{\n  \"device\": \"a\",,\n}", "not valid JSON at line 2, byte 17")]
    [InlineData("device = a", "not valid JSON at line 1, byte 1")]
    public void One_mistake_is_one_line_that_says_where_and_what(string json, string expected)
        => Assert.Equal($"{File}: {expected}", Refusal(json));

    [Fact]
    public void A_file_in_another_encoding_is_said_to_be_one()
    {
        System.IO.File.WriteAllText(File, "{ \"cameras\": [\n  { \"name\": \"T\u00fcr\", \"source\": \"f\" } ] }", Encoding.Latin1);
        Assert.Equal($"{File}: not UTF-8 at line 2, byte 15; save it in that encoding", Assert.Throws<InputException>(() => Load()).Message);
    }

    [Fact]
    public void All_mistakes_are_listed_at_once_also_those_across_settings()
    {
        const string Json = """
            {
              "devise": "x",
              "device": "a/b",
              "cameras": [
                { "name": "door", "source": "f", "width": "wide", "height": 480 },
                { "name": "door", "source": "gopher://x" },
                { "source": "f" }
              ],
              "recognition": { "min_quality": 2, "known_after_faces": 9 },
              "mqtt": { "servers": ["a b"], "password_file": "p" },
            }
            """;
        var lines = Refusal(Json).Split('\n');
        Assert.Equal($"{File}: 10 settings cannot be used:", lines[0]);
        Assert.Equal(
            [
                "  cameras[0].width: must be a whole number, is \"wide\"",
                "  cameras[1].name: 'door' is the name of an earlier camera too",
                "  cameras[1].source: 'gopher' is not a kind of source that is known: give a file, a folder of pictures, rtsp://..., http://..., tcp://... or /dev/videoN",
                "  cameras[2].name: must be given",
                "  device: 'a/b' contains '/', which means something in a topic",
                "  devise: there is no such setting; did you mean 'device'?",
                "  mqtt.password_file: needs username_file as well",
                "  mqtt.servers[0]: 'a b' is not host or host:port",
                "  recognition.known_after_faces: must not be above unknown_after_faces (5), or nobody would ever be known",
                "  recognition.min_quality: must be from 0 to 1, is 2",
            ],
            lines.Skip(1).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Comments_trailing_commas_and_a_byte_order_mark_are_allowed()
    {
        System.IO.File.WriteAllText(File, "// a comment\n{ \"device\": \"board-7\", /* more */ }", new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        Assert.Equal("board-7", Load().Device);
    }

    [Fact]
    public void A_missing_file_a_folder_and_a_file_that_is_too_large_are_refused()
    {
        Assert.Equal($"{File}: there is no such configuration file; name one with --config.", Assert.Throws<InputException>(() => Load()).Message);
        Assert.StartsWith($"{_folder.Path}: ", Assert.Throws<InputException>(() => AgentConfiguration.Load(_folder.Path, AgentConfiguration.Overrides.None)).Message, StringComparison.Ordinal);
        System.IO.File.WriteAllText(File, new string(' ', AgentConfiguration.MaxFileBytes + 1));
        Assert.Equal($"{File}: 1048577 bytes is too large for a configuration (at most 1048576).", Assert.Throws<InputException>(() => Load()).Message);
    }

    [Fact]
    public void Relative_paths_of_a_file_are_meant_from_where_it_lies()
    {
        System.IO.File.WriteAllText(File, """
            {
              "data_folder": "state", "models": { "folder": "../m" }, "snapshots": { "folder": "s" }, "gallery": { "key_file": "g" }, "recordings": { "folder": "r" },
              "cameras": [ { "name": "a", "source": "film.mp4" }, { "name": "b", "source": "rtsp://cam/1" }, { "name": "c", "source": "/dev/video0" }, { "name": "d", "source": "v4l2:/dev/x" } ],
              "mqtt": { "username_file": "u", "password_file": "p", "tls": { "enabled": true, "ca_file": "ca", "certificate_file": "c", "key_file": "k" } },
            }
            """);
        var options = Load();
        Assert.Equal(_folder.File("state"), options.DataFolder);
        Assert.Equal(Path.Combine(Path.GetDirectoryName(_folder.Path)!, "m"), options.Models.Folder);
        Assert.Equal(_folder.File("g"), options.Gallery.KeyFile);
        Assert.Equal(_folder.File("s"), options.Snapshots.Folder);
        Assert.Equal(_folder.File("r"), options.Recordings.Folder);
        Assert.Equal([_folder.File("film.mp4"), "rtsp://cam/1", "/dev/video0", "v4l2:/dev/x"], options.Cameras.Select(camera => camera.Source));
        Assert.Equal([_folder.File("u"), _folder.File("p")], [options.Mqtt.UsernameFile!, options.Mqtt.PasswordFile!]);
        Assert.Equal([_folder.File("ca"), _folder.File("c"), _folder.File("k")], [options.Mqtt.Tls.CaFile!, options.Mqtt.Tls.CertificateFile!, options.Mqtt.Tls.KeyFile!]);
    }

    [Fact]
    public void Paths_of_the_command_line_are_meant_from_the_current_folder_and_win_over_the_file()
    {
        System.IO.File.WriteAllText(File, """{ "data_folder": "state", "cameras": [ { "name": "a", "source": "other.mp4" } ] }""");
        var options = AgentConfiguration.Load(File, new AgentConfiguration.Overrides { DataFolder = "d", ModelsFolder = "m", Source = "film.mp4", Camera = "door", WithoutMqtt = true });
        Assert.Equal(Path.GetFullPath("d"), options.DataFolder);
        Assert.Equal(Path.GetFullPath("m"), options.Models.Folder);
        Assert.False(options.Mqtt.Enabled);
        Assert.Equal(("door", Path.GetFullPath("film.mp4")), (Assert.Single(options.Cameras).Name, options.Cameras[0].Source));
    }

    [Fact]
    public void Bad_values_of_the_command_line_are_listed_under_the_names_of_its_options()
    {
        System.IO.File.WriteAllText(File, "{}");
        var overrides = new AgentConfiguration.Overrides { DataFolder = "", ModelsFolder = "", Source = "", Camera = "a/b" };
        Assert.Equal(
            $"{File}: 4 settings cannot be used:\n  --data: must not be empty\n  --models: must not be empty\n"
            + "  --camera: 'a/b' contains '/', which means something in a topic\n  --source: must not be empty",
            Assert.Throws<InputException>(() => AgentConfiguration.Load(File, overrides)).Message);
        Assert.Equal(
            $"{File}: --camera: names the camera of --source, which is not given",
            Assert.Throws<InputException>(() => AgentConfiguration.Load(File, new AgentConfiguration.Overrides { Camera = "a" })).Message);
    }

    private AgentOptions Load() => AgentConfiguration.Load(File, AgentConfiguration.Overrides.None);

    private string Refusal(string json)
    {
        System.IO.File.WriteAllText(File, json);
        return Assert.Throws<InputException>(() => Load()).Message;
    }
}
