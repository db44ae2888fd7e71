using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ScoringService.Load;

/// <summary>
/// A keep-alive connection that sends a request and reads its whole answer, before the next. It reads HTTP/1.1 with a Content-Length, as
/// <c>/score</c> answers, and costs less than the service it measures; HttpClient would not. A request without an answer in time is an error.
/// </summary>
internal sealed class LoadConnection : IDisposable
{
    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[16 * 1024];

    private readonly TimeSpan _limit;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenSource _timer;

    private LoadConnection(Socket socket, TimeSpan limit, CancellationToken cancellation)
    {
        _socket = socket;
        _limit = limit;
        _cancellation = cancellation;
        _timer = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
    }

    /// <summary>Whether the last answer said that the service closes the connection: the next request needs another.</summary>
    public bool IsClosed { get; private set; }

    /// <param name="service">Where it listens.</param>
    /// <param name="limit">How long a request may take, to the end of its answer.</param>
    /// <param name="cancellation">Ends whatever is under way.</param>
    /// <exception cref="SocketException">Nobody listens there.</exception>
    public static async Task<LoadConnection> OpenAsync(IPEndPoint service, TimeSpan limit, CancellationToken cancellation)
    {
        var socket = new Socket(service.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(service, cancellation);
            return new(socket, limit, cancellation);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Encodes a request of JSON.</summary>
    public static byte[] Encode(string path, IPEndPoint service, string body)
        => Encoding.UTF8.GetBytes($"POST {path} HTTP/1.1\r\nHost: {service}\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");

    /// <summary>Sends a request; returns status and body, which stay as they are until the next.</summary>
    /// <exception cref="IOException">The connection broke, the answer is no HTTP that is read here, or it did not come in time.</exception>
    public async ValueTask<(int Status, ReadOnlyMemory<byte> Body)> SendAsync(ReadOnlyMemory<byte> request)
    {
        _timer.CancelAfter(_limit);
        try
        {
            return await ExchangeAsync(request);
        }
        catch (OperationCanceledException error) when (!_cancellation.IsCancellationRequested)
        {
            throw new IOException(string.Create(CultureInfo.InvariantCulture, $"No answer came within {_limit.TotalSeconds} s."), error);
        }
        finally
        {
            _timer.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        _socket.Dispose();
    }

    private async ValueTask<(int Status, ReadOnlyMemory<byte> Body)> ExchangeAsync(ReadOnlyMemory<byte> request)
    {
        for (ReadOnlyMemory<byte> rest = request; rest.Length > 0;)
            rest = rest[await _socket.SendAsync(rest, _timer.Token)..];

        int received = 0, headLength, status = 0, length = 0;
        bool closes = false;
        while ((headLength = ParseHead(_buffer.AsSpan(0, received), out status, out length, out closes)) < 0)
            received += await ReceiveAsync(received);
        if (headLength + length > _buffer.Length)
            throw new IOException($"An answer of {length} bytes is longer than expected.");
        while (received < headLength + length)
            received += await ReceiveAsync(received);
        IsClosed = closes;
        return received == headLength + length
            ? (status, _buffer.AsMemory(headLength, length))
            : throw new IOException("There is more than one answer to one request.");
    }

    private async ValueTask<int> ReceiveAsync(int start)
    {
        if (start == _buffer.Length)
            throw new IOException("The head of an answer is longer than expected.");
        int count = await _socket.ReceiveAsync(_buffer.AsMemory(start), _timer.Token);
        return count > 0 ? count : throw new IOException("The service closed the connection in the middle of an answer.");
    }

    /// <summary>Length of status line and headers with the empty line; −1 while they are not all there.</summary>
    private static int ParseHead(ReadOnlySpan<byte> received, out int status, out int length, out bool closes)
    {
        status = 0;
        closes = false;
        length = -1;
        int end = received.IndexOf("\r\n\r\n"u8);
        if (end < 0)
            return -1;
        ReadOnlySpan<byte> head = received[..(end + 2)];
        if (!head.StartsWith("HTTP/1.1 "u8) || !Utf8Parser.TryParse(head[9..], out status, out int digits) || digits != 3)
            throw new IOException("The answer does not begin with a status line of HTTP/1.1.");
        for (int line = head.IndexOf("\r\n"u8) + 2; line < head.Length;)
        {
            ReadOnlySpan<byte> header = head[line..];
            header = header[..header.IndexOf("\r\n"u8)];
            line += header.Length + 2;
            int colon = header.IndexOf((byte)':');
            if (colon < 0)
                throw new IOException("The answer has a header without a colon.");
            if (Ascii.EqualsIgnoreCase(header[..colon], "Connection"u8))
                closes = Ascii.EqualsIgnoreCase(header[(colon + 1)..].Trim((byte)' '), "close"u8);
            if (Ascii.EqualsIgnoreCase(header[..colon], "Transfer-Encoding"u8))
                throw new IOException("The answer comes in chunks, which this client does not read.");
            if (Ascii.EqualsIgnoreCase(header[..colon], "Content-Length"u8) && (!Utf8Parser.TryParse(header[(colon + 1)..].Trim((byte)' '), out length, out _) || length < 0))
                throw new IOException("The answer has a Content-Length that is no number.");
        }

        return length >= 0 ? end + 4 : throw new IOException("The answer has no Content-Length.");
    }
}
