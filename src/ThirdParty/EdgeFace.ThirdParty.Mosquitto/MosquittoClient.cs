#nullable enable

using System.Runtime.InteropServices;

namespace EdgeFace.ThirdParty.Mosquitto;

/// <summary>
/// One client of libmosquitto, driven by its caller: poll <see cref="Socket"/>, then <see cref="Read"/>, <see cref="Write"/>
/// and <see cref="Housekeeping"/>. Not thread-safe: every call belongs to one thread.
/// </summary>
public sealed unsafe class MosquittoClient : IDisposable
{
    private const int OptionProtocolVersion = 1;
    private const int OptionReceiveMaximum = 4;
    private const int OptionSendMaximum = 5;
    private const int OptionTcpNoDelay = 11;
    private const int MostConnects = 6;
    private const int MostRemainingLength = 268_435_455;

    private readonly GCHandle _self;
    private readonly MosquittoProtocol _protocol;
    private readonly Func<MosquittoError> _read;
    private nint _client;
    private int _mostIncoming = MostRemainingLength;
    private PacketGuard? _guard;
    private IIntake? _intake;

    /// <exception cref="InvalidOperationException">The library could not make a client.</exception>
    public MosquittoClient(string clientId, bool cleanStart, MosquittoProtocol protocol, IMosquittoEvents events)
    {
        MosquittoLibrary.EnsureInitialised();
        Events = events;
        _protocol = protocol;
        _read = () => Note(NativeMethods.mosquitto_loop_read(_client, 1));
        _self = GCHandle.Alloc(this);
        _client = NativeMethods.mosquitto_new(clientId, cleanStart, GCHandle.ToIntPtr(_self));
        if (_client == 0)
        {
            _self.Free();
            throw new InvalidOperationException($"libmosquitto made no client (errno {Marshal.GetLastPInvokeError()}).");
        }

        SetOption(OptionProtocolVersion, (int)protocol);
        SetOption(OptionTcpNoDelay, 1);
        MosquittoCallbacks.Register(_client);
    }

    internal IMosquittoEvents Events { get; }

    /// <summary>errno after the last call that returned <see cref="MosquittoError.Errno"/> or <see cref="MosquittoError.AddressLookup"/>.</summary>
    public int LastErrno { get; private set; }

    /// <summary>The socket to poll, -1 without a connection.</summary>
    public int Socket => LibrarySocket is var own and >= 0 ? _intake?.Socket ?? own : -1;

    /// <summary>Whether to poll for writing as well.</summary>
    public bool WantsWrite => _intake?.HasUnsent == true || NativeMethods.mosquitto_want_write(_client) != 0;

    /// <summary>What the broker sent that no broker may send, after <see cref="MosquittoError.MalformedPacket"/>; null for nothing.</summary>
    public string? Fault => _guard?.Fault;

    private int LibrarySocket => NativeMethods.mosquitto_socket(_client);

    /// <summary>Whether a TLS layer lies over the socket.</summary>
    public bool UsesTls => NativeMethods.mosquitto_ssl_get(_client) != 0;

    /// <summary>OpenSSL's X509_V_* result of the check of the broker's certificate, 0 for none or good.</summary>
    public int CertificateResult =>
        NativeMethods.mosquitto_ssl_get(_client) is var ssl and not 0 ? (int)NativeMethods.SSL_get_verify_result(ssl) : 0;

    public static string DescribeCertificateResult(int result) =>
        MosquittoLibrary.Text(NativeMethods.X509_verify_cert_error_string(result));

    /// <summary>How many QoS 1 messages may be under way: towards the broker, and from it.</summary>
    public void SetWindow(int send, int receive)
    {
        SetOption(OptionSendMaximum, send);
        SetOption(OptionReceiveMaximum, receive);
    }

    /// <summary>Largest packet that is taken from the broker, bytes; more than the broker may send is left to the library by default.</summary>
    public void SetMostIncoming(int bytes) => _mostIncoming = bytes;

    public void SetCredentials(string? user, string? password) =>
        Check(NativeMethods.mosquitto_username_pw_set(_client, user, password), "user name and password");

    /// <summary>TLS with the broker's certificate checked against a file or a hashed folder of authorities.</summary>
    public void SetTls(string? caFile, string? caPath, string? certFile, string? keyFile, bool verifyHostName)
    {
        Check(NativeMethods.mosquitto_tls_set(_client, caFile, caPath, certFile, keyFile, 0), "TLS files");
        Check(NativeMethods.mosquitto_tls_insecure_set(_client, !verifyHostName), "TLS host name check");
    }

    public void SetWill(string topic, ReadOnlySpan<byte> payload, int qos, bool retain)
    {
        fixed (byte* bytes = payload)
            Check(NativeMethods.mosquitto_will_set_v5(_client, topic, payload.Length, bytes, qos, retain, 0), "last will");
    }

    /// <summary>Resolves and connects, blocking, then sends CONNECT; TLS goes on in <see cref="Read"/> and <see cref="Write"/>.</summary>
    public MosquittoError Connect(string host, int port, int keepAliveSeconds, MosquittoPropertyList properties)
    {
        var error = MosquittoError.Tls;
        // When the broker's certificate has come before the call is over, the library frees the connection with the reason why it
        // refuses it. Asked again, it mostly has not come yet, and the reason is still there after a later Read.
        for (var i = 0; i < MostConnects && error == MosquittoError.Tls && CertificateResult == 0; i++)
            error = Note(NativeMethods.mosquitto_connect_bind_v5(_client, host, port, keepAliveSeconds, null, properties.Handle));
        if (error != MosquittoError.Success)
            return error;
        // Nothing has been read yet: with TLS the library has only begun its handshake.
        _guard = new PacketGuard(_protocol, _mostIncoming);
        if (UsesTls)
            return error;
        _intake = PlainIntake.Install(_guard, () => LibrarySocket);
        return _intake is null ? Note((int)MosquittoError.Errno) : error;
    }

    public MosquittoError Disconnect(int reason = MosquittoReason.Success)
    {
        var error = (MosquittoError)NativeMethods.mosquitto_disconnect_v5(_client, reason, 0);
        _ = Flush();
        return error;
    }

    public MosquittoError Publish(
        string topic, ReadOnlySpan<byte> payload, int qos, bool retain, MosquittoPropertyList properties, out int messageId)
    {
        int id = 0;
        int error;
        fixed (byte* bytes = payload)
        {
            error = NativeMethods.mosquitto_publish_v5(
                _client, &id, topic, payload.Length, bytes, qos, retain, properties.Handle);
        }

        messageId = id;
        return Note(error);
    }

    public MosquittoError Subscribe(string filter, int qos, out int messageId)
    {
        int id = 0;
        var error = NativeMethods.mosquitto_subscribe_v5(_client, &id, filter, qos, 0, 0);
        messageId = id;
        return Note(error);
    }

    /// <summary>
    /// Reads what has come. Nothing reaches the library that <see cref="PacketGuard"/> does not let pass; then the result is
    /// <see cref="MosquittoError.MalformedPacket"/>, and the client is good for nothing but <see cref="Dispose"/>.
    /// </summary>
    public MosquittoError Read()
    {
        if (_intake is null && _guard is not null && UsesTls)
            _intake = TlsIntake.Install(_guard, LibrarySocket, NativeMethods.mosquitto_ssl_get(_client));
        return _intake is null ? _read() : Note((int)_intake.Read(_read));
    }

    public MosquittoError Write() =>
        Flush() is var error and not MosquittoError.Success ? error : Note(NativeMethods.mosquitto_loop_write(_client, 1));

    /// <summary>Sends what other calls have written; to be called before each wait for <see cref="Socket"/>.</summary>
    public MosquittoError Flush() => _intake is null ? MosquittoError.Success : Note((int)_intake.Flush());

    /// <summary>Keep-alive; call at least once a second.</summary>
    public MosquittoError Housekeeping() => Note(NativeMethods.mosquitto_loop_misc(_client));

    /// <summary>Closes the socket, without DISCONNECT when none was sent, and frees the client.</summary>
    public void Dispose()
    {
        if (_client == 0)
            return;
        NativeMethods.mosquitto_destroy(_client);
        _client = 0;
        _intake?.Dispose();
        _self.Free();
    }

    private void SetOption(int option, int value) =>
        Check(NativeMethods.mosquitto_int_option(_client, option, value), $"option {option}");

    private MosquittoError Note(int error)
    {
        if (error is (int)MosquittoError.Errno or (int)MosquittoError.AddressLookup)
            LastErrno = Marshal.GetLastPInvokeError();
        return (MosquittoError)error;
    }

    private static void Check(int error, string what)
    {
        if (error != 0)
            throw new ArgumentException($"libmosquitto does not accept the {what}: {MosquittoLibrary.Describe((MosquittoError)error)}");
    }
}
