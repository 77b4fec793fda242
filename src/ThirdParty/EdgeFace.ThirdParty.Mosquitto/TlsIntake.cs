#nullable enable

using System.Buffers.Binary;

namespace EdgeFace.ThirdParty.Mosquitto;

/// <summary>
/// With TLS: once the handshake is done, OpenSSL reads from memory, where it is given one record at a time. What a record holds is looked at by
/// SSL_peek before the library reads it. The library writes to the socket as before. Belongs to the client's thread.
/// </summary>
internal sealed unsafe class TlsIntake : IIntake
{
    // RFC 8446, section 5: a record's header, the most it may carry, and what encryption may add to that (RFC 5246, section 6.2.3).
    private const int Header = 5;
    private const int MostPlain = 16 << 10;
    private const int MostRecord = Header + MostPlain + 2048;

    private readonly PacketGuard _guard;
    private readonly nint _ssl;
    private readonly nint _source;
    private readonly byte[] _in = new byte[2 * MostRecord];
    private readonly byte[] _plain = new byte[MostPlain];
    private int _filled;

    private TlsIntake(int socket, nint ssl, nint source, PacketGuard guard)
    {
        Socket = socket;
        _ssl = ssl;
        _source = source;
        _guard = guard;
    }

    public int Socket { get; }

    public bool HasUnsent => false;

    /// <summary>Null while the handshake is not done. With its last record read and nothing else asked for yet, the socket is at the beginning of another.</summary>
    public static TlsIntake? Install(PacketGuard guard, int socket, nint ssl)
    {
        if (NativeMethods.SSL_is_init_finished(ssl) == 0)
            return null;
        var source = NativeMethods.BIO_new(NativeMethods.BIO_s_mem());
        if (source == 0)
            throw new OutOfMemoryException("OpenSSL made no memory BIO.");
        NativeMethods.SSL_set0_rbio(ssl, source);
        return new TlsIntake(socket, ssl, source, guard);
    }

    public MosquittoError Read(Func<MosquittoError> work)
    {
        nint count;
        fixed (byte* bytes = &_in[_filled])
            count = NativeSockets.recv(Socket, bytes, (nuint)(_in.Length - _filled), 0);
        if (count == 0)
            return End(work);
        if (count < 0)
            return NativeSockets.WouldBlock ? MosquittoError.Success : MosquittoError.Errno;
        _filled += (int)count;
        var begin = 0;
        while (NextRecord(_in.AsSpan(begin.._filled)) is var length and > 0)
        {
            if (TakeRecord(_in.AsSpan(begin, length), work) is var error and not MosquittoError.Success)
                return error;
            begin += length;
        }

        _in.AsSpan(begin.._filled).CopyTo(_in);
        _filled -= begin;
        return MosquittoError.Success;
    }

    public MosquittoError Flush() => MosquittoError.Success;

    // OpenSSL owns the source and frees it with the connection; the socket is the library's.
    public void Dispose()
    {
    }

    /// <summary>Bytes of the first record, 0 when it is not all there. What cannot be a record is given to OpenSSL as it is, which refuses it.</summary>
    private static int NextRecord(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < Header)
            return 0;
        var length = Header + BinaryPrimitives.ReadUInt16BigEndian(bytes[3..]);
        if (length > MostRecord)
            return bytes.Length;
        return length <= bytes.Length ? length : 0;
    }

    private MosquittoError TakeRecord(ReadOnlySpan<byte> record, Func<MosquittoError> work)
    {
        fixed (byte* bytes = record)
        {
            if (NativeMethods.BIO_write(_source, bytes, record.Length) != record.Length)
                return MosquittoError.OutOfMemory;
        }

        int count;
        fixed (byte* bytes = _plain)
            count = NativeMethods.SSL_peek(_ssl, bytes, MostPlain);
        // Nothing to peek at is a ticket, an alert, an error: the library finds out which.
        if (count > 0 && !_guard.Pass(_plain.AsSpan(0, count)))
            return MosquittoError.MalformedPacket;
        return Drain(work);
    }

    private MosquittoError Drain(Func<MosquittoError> work)
    {
        var before = int.MaxValue;
        // The first round may only end the library's part of the handshake.
        for (var round = 0; ; round++)
        {
            if (work() is var error and not MosquittoError.Success)
                return error;
            var left = NativeMethods.SSL_pending(_ssl);
            if (left <= 0)
                return MosquittoError.Success;
            if (left >= before && round > 1)
                return MosquittoError.Unknown;
            before = left;
        }
    }

    private MosquittoError End(Func<MosquittoError> work)
    {
        _ = NativeMethods.BIO_ctrl(_source, NativeMethods.BioSetEndResult, 0, 0);
        return work() is var error and not MosquittoError.Success ? error : MosquittoError.ConnectionLost;
    }
}
