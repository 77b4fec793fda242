using EdgeFace.Agent.Requests;
using EdgeFace.Agent.Sources;
using EdgeFace.Messaging;

namespace EdgeFace.Agent.Configuration;

/// <summary>What no single setting can tell: names that break a topic, settings that contradict each other.</summary>
internal static class AgentOptionsValidator
{
    public static void Validate(AgentOptions options, List<SettingsError> errors)
    {
        CheckLevel("device", options.Device, errors);
        CheckLevel("mqtt.topic_root", options.Mqtt.TopicRoot, errors);
        CheckLevel("mqtt.home_assistant.prefix", options.Mqtt.HomeAssistant.Prefix, errors);
        CheckLevel("mqtt.frigate.prefix", options.Mqtt.Frigate.Prefix, errors);
        CheckCameras(options.Cameras, errors);
        CheckBroker(options.Mqtt, errors);
        CheckServer(options.Gallery.Server, errors);
        CheckRemote(options.Remote, errors);
        CheckRequests(options.Requests, errors);
        CheckCloud(options, errors);
        if (options.Recognition is { Fpir: not null, Threshold: not null })
            errors.Add(new SettingsError("recognition.fpir", "must not be given together with threshold: the threshold is computed from it"));
        if (options.Recognition.KnownAfterFaces > options.Recognition.UnknownAfterFaces)
        {
            errors.Add(new SettingsError("recognition.known_after_faces",
                $"must not be above unknown_after_faces ({options.Recognition.UnknownAfterFaces}), or nobody would ever be known"));
        }
    }

    private static void CheckCameras(IReadOnlyList<CameraOptions> cameras, List<SettingsError> errors)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < cameras.Count; i++)
        {
            var camera = cameras[i];
            CheckLevel($"cameras[{i}].name", camera.Name, errors);
            if (camera.Name.Length > 0 && !names.Add(camera.Name))
                errors.Add(new SettingsError($"cameras[{i}].name", $"'{camera.Name}' is the name of an earlier camera too"));
            if (camera.Width == 0 != (camera.Height == 0))
                errors.Add(new SettingsError($"cameras[{i}].width", "width and height must be given together, or both be 0"));
            if (camera.MaxReopenMs < camera.ReopenMs)
                errors.Add(new SettingsError($"cameras[{i}].max_reopen_ms", $"must not be below reopen_ms ({camera.ReopenMs})"));
            if (SourceAddress.WhyInvalid(camera.Source) is { } reason)
                errors.Add(new SettingsError($"cameras[{i}].source", reason));
            else if (camera.Pace == SourcePace.Max && SourceAddress.IsLive(camera.Source))
                errors.Add(new SettingsError($"cameras[{i}].pace", "max is for files and folders: a live source cannot be read faster"));
        }
    }

    private static void CheckBroker(BrokerOptions mqtt, List<SettingsError> errors)
    {
        for (var i = 0; i < mqtt.Servers.Count; i++)
        {
            if (!BrokerAddress.TryParse(mqtt.Servers[i], out _))
                errors.Add(new SettingsError($"mqtt.servers[{i}]", $"'{mqtt.Servers[i]}' is not host or host:port"));
        }

        if (mqtt.PasswordFile is not null && mqtt.UsernameFile is null)
            errors.Add(new SettingsError("mqtt.password_file", "needs username_file as well"));
        if (mqtt.Tls.CertificateFile is null != (mqtt.Tls.KeyFile is null))
            errors.Add(new SettingsError("mqtt.tls.certificate_file", "certificate_file and key_file must be given together"));
        if (!mqtt.Tls.Enabled && (mqtt.Tls.CaFile ?? mqtt.Tls.CertificateFile) is not null)
            errors.Add(new SettingsError("mqtt.tls.enabled", "must be true when certificates are given: they would not be used"));
    }

    private static void CheckServer(GalleryServerOptions server, List<SettingsError> errors)
    {
        CheckLevel("gallery.server.group", server.Group, errors);
        if (server.CertificateFile is null != (server.CertificateKeyFile is null))
            errors.Add(new SettingsError("gallery.server.certificate_file", "certificate_file and certificate_key_file must be given together"));
        if (server.Address is not { } address)
            return;
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("https" or "http") || uri.PathAndQuery != "/" || uri.UserInfo.Length > 0 || uri.Fragment.Length > 0)
            errors.Add(new SettingsError("gallery.server.address", $"'{address}' is not https://host or https://host:port"));
        else if (uri.Scheme == "http" && !uri.IsLoopback)
            errors.Add(new SettingsError("gallery.server.address", "must begin with https://: the key and all templates would travel in the clear"));
    }

    private static void CheckRemote(RemoteOptions remote, List<SettingsError> errors)
    {
        for (var i = 0; i < remote.Locked.Count; i++)
        {
            // A lock with a typing error would lock nothing.
            var locked = remote.Locked[i];
            if (!SettingCatalog.All.Keys.Any(path => path == locked || path.StartsWith(locked + ".", StringComparison.Ordinal)))
                errors.Add(new SettingsError($"remote.locked[{i}]", $"there is no setting or section '{locked}'"));
        }

        for (var i = 0; i < remote.Keys.Count; i++)
        {
            if (remote.Keys.Take(i).Any(earlier => earlier.Id == remote.Keys[i].Id))
                errors.Add(new SettingsError($"remote.keys[{i}].id", $"'{remote.Keys[i].Id}' is the id of an earlier key too"));
        }
    }

    private static void CheckCloud(AgentOptions options, List<SettingsError> errors)
    {
        var cloud = options.Remote.Cloud;
        foreach (var (path, name) in ((string, string?)[])[("remote.cloud.thing", cloud.Thing), ("remote.cloud.shadow", cloud.Shadow)])
        {
            if (name is not null && name.AsSpan().ContainsAny("+#/ "))
                errors.Add(new SettingsError(path, $"'{name}' must not hold +, #, / or blanks"));
        }

        if (cloud.Kind != CloudKind.Azure)
            return;
        foreach (var (path, isOn) in ((string, bool)[])
            [("mqtt.home_assistant.enabled", options.Mqtt.HomeAssistant.Enabled), ("mqtt.frigate.enabled", options.Mqtt.Frigate.Enabled), ("mqtt.pictures.enabled", options.Mqtt.Pictures.Enabled)])
        {
            if (isOn)
                errors.Add(new SettingsError(path, "must be false with remote.cloud.kind azure: IoT Hub ends a connection that uses other topics than its own"));
        }
    }

    private static void CheckRequests(RequestOptions requests, List<SettingsError> errors)
    {
        for (var i = 0; i < requests.Allow.Count; i++)
        {
            if (!RequestNames.All.Contains(requests.Allow[i]))
                errors.Add(new SettingsError($"requests.allow[{i}]", $"there is no request '{requests.Allow[i]}'; there are {string.Join(", ", RequestNames.All)}"));
        }
    }

    private static void CheckLevel(string path, string level, List<SettingsError> errors)
    {
        // Length is checked with the field itself: one error a mistake.
        if (level.Length > 0 && !Topics.IsValidLevel(level, out var reason))
            errors.Add(new SettingsError(path, reason));
    }
}
