#nullable enable

using System.Runtime.InteropServices;

namespace EdgeFace.ThirdParty.Mosquitto;

/// <summary>
/// Without TLS: the library's descriptor is made one end of a pair of sockets, and the connection itself is kept here. Belongs to the
/// client's thread.
/// </summary>
internal sealed unsafe class PlainIntake : IIntake
{
    private const int ReadAtOnce = 32 << 10;

    private readonly PacketGuard _guard;
    private readonly Func<int> _libraryEnd;
    private readonly byte[] _in = new byte[ReadAtOnce];
    private readonly byte[] _out = new byte[ReadAtOnce];
    private readonly int _end;
    private int _sent;
    private int _written;

    private PlainIntake(int socket, int end, PacketGuard guard, Func<int> libraryEnd)
    {
        Socket = socket;
        _end = end;
        _guard = guard;
        _libraryEnd = libraryEnd;
    }

    public int Socket { get; }

    public bool HasUnsent => _written > _sent;

    /// <summary>Null when descriptors are not to be had; errno says why.</summary>
    /// <param name="libraryEnd">The library's descriptor, connected; -1 once it has closed it.</param>
    public static PlainIntake? Install(PacketGuard guard, Func<int> libraryEnd)
    {
        var socket = NativeSockets.fcntl(libraryEnd(), NativeSockets.DuplicateCloseOnExec, 0);
        if (socket < 0)
            return null;
        var pair = stackalloc int[2];
        if (NativeSockets.socketpair(NativeSockets.Unix, NativeSockets.StreamNonBlockingCloseOnExec, 0, pair) != 0)
        {
            _ = NativeSockets.close(socket);
            return null;
        }

        var taken = NativeSockets.dup3(pair[0], libraryEnd(), NativeSockets.CloseOnExec);
        _ = NativeSockets.close(pair[0]);
        var intake = new PlainIntake(socket, pair[1], guard, libraryEnd);
        if (taken >= 0)
            return intake;
        intake.Dispose();
        return null;
    }

    public MosquittoError Read(Func<MosquittoError> work)
    {
        nint count;
        fixed (byte* bytes = _in)
            count = NativeSockets.recv(Socket, bytes, ReadAtOnce, 0);
        if (count == 0)
            return MosquittoError.ConnectionLost;
        if (count < 0)
            return NativeSockets.WouldBlock ? MosquittoError.Success : MosquittoError.Errno;
        if (!_guard.Pass(_in.AsSpan(0, (int)count)))
            return MosquittoError.MalformedPacket;
        return HandOver((int)count, work);
    }

    public MosquittoError Flush()
    {
        while (true)
        {
            if (HasUnsent)
            {
                nint count;
                fixed (byte* bytes = &_out[_sent])
                    count = NativeSockets.send(Socket, bytes, (nuint)(_written - _sent), NativeSockets.NoSignal);
                if (count < 0)
                    return NativeSockets.WouldBlock ? MosquittoError.Success : MosquittoError.Errno;
                _sent += (int)count;
                continue;
            }

            fixed (byte* bytes = _out)
                _written = (int)NativeSockets.recv(_end, bytes, ReadAtOnce, 0);
            _sent = 0;
            if (_written <= 0)
            {
                _written = 0;
                return MosquittoError.Success;
            }
        }
    }

    public void Dispose()
    {
        _ = NativeSockets.close(_end);
        _ = NativeSockets.close(Socket);
    }

    private MosquittoError HandOver(int count, Func<MosquittoError> work)
    {
        for (var given = 0; given < count;)
        {
            nint taken;
            fixed (byte* bytes = &_in[given])
                taken = NativeSockets.send(_end, bytes, (nuint)(count - given), NativeSockets.NoSignal);
            // The library reads all of it below: there is room unless it has closed its end.
            if (taken <= 0)
                return MosquittoError.ConnectionLost;
            given += (int)taken;
            if (Drain(work) is var error and not MosquittoError.Success)
                return error;
        }

        return MosquittoError.Success;
    }

    // The library may stop after a packet, though there are more.
    private MosquittoError Drain(Func<MosquittoError> work)
    {
        var before = int.MaxValue;
        while (_libraryEnd() is var end and >= 0 && Waiting(end) is var left and > 0)
        {
            if (left >= before)
                return MosquittoError.Unknown;
            before = left;
            if (work() is var error and not MosquittoError.Success)
                return error;
        }

        return MosquittoError.Success;
    }

    private static int Waiting(int descriptor)
    {
        int count;
        return NativeSockets.ioctl(descriptor, NativeSockets.BytesWaiting, &count) == 0 ? count : 0;
    }
}
