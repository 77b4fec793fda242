#nullable enable

namespace EdgeFace.ThirdParty.Mosquitto;

/// <summary>
/// What the library calls back, always on the thread that is inside a call of the client. Nothing here may call the
/// client, block or throw.
/// </summary>
public interface IMosquittoEvents
{
    /// <summary>CONNACK; reason 0 is success, otherwise an MQTT 5 reason code (128 and up) or a 3.1.1 return code (1 to 5).</summary>
    void OnConnected(int reason, bool sessionPresent, MosquittoPropertyView properties);

    /// <summary>The connection ended: a reason code of the broker's DISCONNECT (128 and up) or a <see cref="MosquittoError"/>.</summary>
    void OnDisconnected(int reason, MosquittoPropertyView properties);

    /// <summary>PUBACK of a QoS 1 message.</summary>
    void OnPublished(int messageId, int reason, MosquittoPropertyView properties);

    /// <summary>PUBLISH from the broker.</summary>
    void OnMessage(string topic, ReadOnlySpan<byte> payload, int qos, bool retain, MosquittoPropertyView properties);

    /// <summary>SUBACK; one granted QoS or failure code (128 and up) for each filter.</summary>
    void OnSubscribed(int messageId, ReadOnlySpan<int> granted);

    /// <summary>A warning or an error of the library; its debug chatter is not passed on.</summary>
    void OnLog(MosquittoLogLevel level, string text);
}
