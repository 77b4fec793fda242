#nullable enable

namespace EdgeFace.ThirdParty.Mosquitto;

/// <summary>The way of the bytes between the socket and the library, with a <see cref="PacketGuard"/> in it.</summary>
internal interface IIntake : IDisposable
{
    /// <summary>The socket to poll.</summary>
    int Socket { get; }

    /// <summary>Something waits until the socket can be written.</summary>
    bool HasUnsent { get; }

    /// <summary>Takes from the socket what is there, has it looked at and lets the library work on it.</summary>
    /// <param name="work">A round of the library's reading.</param>
    MosquittoError Read(Func<MosquittoError> work);

    /// <summary>Sends what the library has written.</summary>
    MosquittoError Flush();
}
