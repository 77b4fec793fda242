#nullable enable

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EdgeFace.ThirdParty.Mosquitto;

/// <summary>The library's entries into managed code; user data is a handle of the client.</summary>
internal static unsafe class MosquittoCallbacks
{
    internal static void Register(nint client)
    {
        NativeMethods.mosquitto_connect_v5_callback_set(client, &Connected);
        NativeMethods.mosquitto_disconnect_v5_callback_set(client, &Disconnected);
        NativeMethods.mosquitto_publish_v5_callback_set(client, &Published);
        NativeMethods.mosquitto_message_v5_callback_set(client, &Message);
        NativeMethods.mosquitto_subscribe_v5_callback_set(client, &Subscribed);
        NativeMethods.mosquitto_log_callback_set(client, &Log);
    }

    private static IMosquittoEvents Events(nint self) => ((MosquittoClient)GCHandle.FromIntPtr(self).Target!).Events;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Connected(nint client, nint self, int reason, int flags, nint properties) =>
        Events(self).OnConnected(reason, (flags & 1) != 0, new MosquittoPropertyView(properties));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Disconnected(nint client, nint self, int reason, nint properties) =>
        Events(self).OnDisconnected(reason, new MosquittoPropertyView(properties));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Published(nint client, nint self, int messageId, int reason, nint properties) =>
        Events(self).OnPublished(messageId, reason, new MosquittoPropertyView(properties));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Message(nint client, nint self, NativeMethods.NativeMessage* message, nint properties) =>
        Events(self).OnMessage(
            MosquittoLibrary.Text(message->Topic),
            new ReadOnlySpan<byte>(message->Payload, message->Length),
            message->Qos,
            message->Retain != 0,
            new MosquittoPropertyView(properties));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Subscribed(nint client, nint self, int messageId, int count, int* granted, nint properties) =>
        Events(self).OnSubscribed(messageId, new ReadOnlySpan<int>(granted, count));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Log(nint client, nint self, int level, byte* text)
    {
        // One debug line for every packet: dropped here, before a string is made of it.
        if ((level & (int)(MosquittoLogLevel.Warning | MosquittoLogLevel.Error | MosquittoLogLevel.Notice)) != 0)
            Events(self).OnLog((MosquittoLogLevel)level, MosquittoLibrary.Text(text));
    }
}
