using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ScoringService.Tests;

/// <summary>A request whose body comes in two parts: it is under way for as long as a test wants.</summary>
internal sealed class SlowRequest : IDisposable
{
    private readonly Socket _socket;
    private readonly byte[] _rest;

    private SlowRequest(Socket socket, byte[] rest)
    {
        _socket = socket;
        _rest = rest;
    }

    public static async Task<SlowRequest> BeginAsync(IPEndPoint service, string path, string body)
    {
        var socket = new Socket(service.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(service);
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        await socket.SendAsync(Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: {service}\r\nContent-Type: application/json\r\nContent-Length: {bytes.Length}\r\n\r\n"));
        await socket.SendAsync(bytes.AsMemory(0, bytes.Length / 2));
        return new(socket, bytes[(bytes.Length / 2)..]);
    }

    /// <summary>Sends the rest, and returns all that comes until the answer has as many bytes as it says.</summary>
    public async Task<string> EndAsync()
    {
        await _socket.SendAsync(_rest);
        byte[] buffer = new byte[1 << 16];
        int received = 0;
        while (true)
        {
            int count = await _socket.ReceiveAsync(buffer.AsMemory(received));
            received += count;
            string answer = Encoding.UTF8.GetString(buffer, 0, received);
            if (count == 0 || IsWhole(answer))
                return answer;
        }
    }

    /// <summary>Closes the connection before the rest was sent, in order or with a reset.</summary>
    public void HangUp(bool reset)
    {
        if (reset)
            _socket.LingerState = new(enable: true, seconds: 0);
        _socket.Close();
    }

    public void Dispose() => _socket.Dispose();

    private static bool IsWhole(string answer)
    {
        const string length = "Content-Length: ";
        int end = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal), header = answer.IndexOf(length, StringComparison.Ordinal);
        return end >= 0 && header >= 0 && header < end
            && answer.Length - end - 4 >= int.Parse(answer[(header + length.Length)..answer.IndexOf("\r\n", header, StringComparison.Ordinal)], System.Globalization.CultureInfo.InvariantCulture);
    }
}
