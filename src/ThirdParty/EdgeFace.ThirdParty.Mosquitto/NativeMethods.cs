#nullable enable

using System.Runtime.InteropServices;

namespace EdgeFace.ThirdParty.Mosquitto;

/// <summary>mosquitto.h of 2.0.11, the part that is used. C's bool is one byte.</summary>
internal static unsafe partial class NativeMethods
{
    /// <summary>BIO_C_SET_BUF_MEM_EOF_RETURN: what a memory BIO that is empty says, 0 for the end.</summary>
    internal const int BioSetEndResult = 130;

    private const string Library = "libmosquitto.so.1";

    [LibraryImport(Library)]
    internal static partial int mosquitto_lib_init();

    [LibraryImport(Library)]
    internal static partial int mosquitto_lib_version(int* major, int* minor, int* revision);

    [LibraryImport(Library)]
    internal static partial byte* mosquitto_strerror(int error);

    [LibraryImport(Library)]
    internal static partial byte* mosquitto_reason_string(int reason);

    [LibraryImport(Library)]
    internal static partial byte* mosquitto_connack_string(int code);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int mosquitto_topic_matches_sub(string filter, string topic, byte* result);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int mosquitto_pub_topic_check(string topic);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int mosquitto_sub_topic_check(string filter);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial nint mosquitto_new(string? id, [MarshalAs(UnmanagedType.U1)] bool cleanSession, nint userData);

    [LibraryImport(Library)]
    internal static partial void mosquitto_destroy(nint client);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int mosquitto_will_set_v5(
        nint client, string topic, int length, byte* payload, int qos, [MarshalAs(UnmanagedType.U1)] bool retain, nint properties);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int mosquitto_username_pw_set(nint client, string? user, string? password);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int mosquitto_tls_set(
        nint client, string? caFile, string? caPath, string? certFile, string? keyFile, nint passwordCallback);

    [LibraryImport(Library)]
    internal static partial int mosquitto_tls_insecure_set(nint client, [MarshalAs(UnmanagedType.U1)] bool insecure);

    [LibraryImport(Library)]
    internal static partial int mosquitto_int_option(nint client, int option, int value);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial int mosquitto_connect_bind_v5(
        nint client, string host, int port, int keepAlive, string? bindAddress, nint properties);

    [LibraryImport(Library)]
    internal static partial int mosquitto_disconnect_v5(nint client, int reason, nint properties);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial int mosquitto_publish_v5(
        nint client, int* messageId, string topic, int length, byte* payload, int qos,
        [MarshalAs(UnmanagedType.U1)] bool retain, nint properties);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial int mosquitto_subscribe_v5(
        nint client, int* messageId, string filter, int qos, int options, nint properties);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int mosquitto_loop_read(nint client, int maxPackets);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int mosquitto_loop_write(nint client, int maxPackets);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int mosquitto_loop_misc(nint client);

    [LibraryImport(Library)]
    internal static partial int mosquitto_socket(nint client);

    [LibraryImport(Library)]
    internal static partial byte mosquitto_want_write(nint client);

    [LibraryImport(Library)]
    internal static partial nint mosquitto_ssl_get(nint client);

    [LibraryImport(Library)]
    internal static partial void mosquitto_connect_v5_callback_set(
        nint client, delegate* unmanaged[Cdecl]<nint, nint, int, int, nint, void> callback);

    [LibraryImport(Library)]
    internal static partial void mosquitto_disconnect_v5_callback_set(
        nint client, delegate* unmanaged[Cdecl]<nint, nint, int, nint, void> callback);

    [LibraryImport(Library)]
    internal static partial void mosquitto_publish_v5_callback_set(
        nint client, delegate* unmanaged[Cdecl]<nint, nint, int, int, nint, void> callback);

    [LibraryImport(Library)]
    internal static partial void mosquitto_message_v5_callback_set(
        nint client, delegate* unmanaged[Cdecl]<nint, nint, NativeMessage*, nint, void> callback);

    [LibraryImport(Library)]
    internal static partial void mosquitto_subscribe_v5_callback_set(
        nint client, delegate* unmanaged[Cdecl]<nint, nint, int, int, int*, nint, void> callback);

    [LibraryImport(Library)]
    internal static partial void mosquitto_log_callback_set(
        nint client, delegate* unmanaged[Cdecl]<nint, nint, int, byte*, void> callback);

    [LibraryImport(Library)]
    internal static partial int mosquitto_property_add_byte(nint* list, int identifier, byte value);

    [LibraryImport(Library)]
    internal static partial int mosquitto_property_add_int16(nint* list, int identifier, ushort value);

    [LibraryImport(Library)]
    internal static partial int mosquitto_property_add_int32(nint* list, int identifier, uint value);

    [LibraryImport(Library)]
    internal static partial int mosquitto_property_add_binary(nint* list, int identifier, byte* value, ushort length);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int mosquitto_property_add_string(nint* list, int identifier, string value);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int mosquitto_property_add_string_pair(nint* list, int identifier, string name, string value);

    [LibraryImport(Library)]
    internal static partial nint mosquitto_property_read_int16(
        nint list, int identifier, ushort* value, [MarshalAs(UnmanagedType.U1)] bool skipFirst);

    [LibraryImport(Library)]
    internal static partial nint mosquitto_property_read_int32(
        nint list, int identifier, uint* value, [MarshalAs(UnmanagedType.U1)] bool skipFirst);

    [LibraryImport(Library)]
    internal static partial nint mosquitto_property_read_binary(
        nint list, int identifier, byte** value, ushort* length, [MarshalAs(UnmanagedType.U1)] bool skipFirst);

    [LibraryImport(Library)]
    internal static partial nint mosquitto_property_read_string(
        nint list, int identifier, byte** value, [MarshalAs(UnmanagedType.U1)] bool skipFirst);

    [LibraryImport(Library)]
    internal static partial void mosquitto_property_free_all(nint* list);

    // libmosquitto is linked against OpenSSL 3; it keeps the result of the certificate check to itself.
    [LibraryImport("libssl.so.3")]
    internal static partial nint SSL_get_verify_result(nint ssl);

    [LibraryImport("libssl.so.3")]
    internal static partial int SSL_is_init_finished(nint ssl);

    [LibraryImport("libssl.so.3")]
    internal static partial void SSL_set0_rbio(nint ssl, nint bio);

    [LibraryImport("libssl.so.3")]
    internal static partial int SSL_peek(nint ssl, byte* data, int length);

    [LibraryImport("libssl.so.3")]
    internal static partial int SSL_pending(nint ssl);

    [LibraryImport("libcrypto.so.3")]
    internal static partial nint BIO_s_mem();

    [LibraryImport("libcrypto.so.3")]
    internal static partial nint BIO_new(nint method);

    [LibraryImport("libcrypto.so.3")]
    internal static partial int BIO_write(nint bio, byte* data, int length);

    [LibraryImport("libcrypto.so.3")]
    internal static partial nint BIO_ctrl(nint bio, int command, nint number, nint pointer);

    [LibraryImport("libcrypto.so.3")]
    internal static partial byte* X509_verify_cert_error_string(nint result);

    // What libmosquitto hands out by mosquitto_property_read_* is the caller's, to be freed with the C library's free.
    [LibraryImport("libc")]
    internal static partial void free(void* memory);

    [StructLayout(LayoutKind.Sequential)]
    internal struct NativeMessage
    {
        public int MessageId;
        public byte* Topic;
        public byte* Payload;
        public int Length;
        public int Qos;
        public byte Retain;
    }
}
