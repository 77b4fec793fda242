using System.Net.Sockets;
using System.Text;

namespace EdgeFace.Core.Systemd;

/// <summary>The datagram socket of the service manager: sd_notify(3).</summary>
internal sealed class NotifySocket(string? address)
{
    /// <summary>False when the program was not started by a service manager that wants to know.</summary>
    public bool IsSet => !string.IsNullOrEmpty(address);

    /// <summary>Sends one message, such as READY=1; false when there is nobody to tell or he is gone.</summary>
    public bool Send(string message)
    {
        if (string.IsNullOrEmpty(address))
            return false;
        try
        {
            // '@' stands for the leading zero byte of an abstract name.
            var path = address[0] == '@' ? "\0" + address[1..] : address;
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            // Never wait for a manager whose queue is full: the watchdog is fed from threads that have other work.
            socket.Blocking = false;
            socket.SendTo(Encoding.UTF8.GetBytes(message), new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (Exception failure) when (failure is SocketException or ArgumentException)
        {
            return false;
        }
    }
}
