namespace ScoringService.Requests;

/// <summary>What is wrong with the fields of a request; the first of many.</summary>
internal sealed class FieldErrors
{
    private const int Maximum = 20;

    private readonly Dictionary<string, string[]> _messages = [];

    public bool IsFull => _messages.Count >= Maximum;

    public void Add(string path, string message)
    {
        if (!IsFull)
            _messages.TryAdd(path, [message]);
    }

    public Problem ToProblem()
    {
        (string path, string[] messages) = _messages.First();
        return Problem.BadRequest($"{path} {messages[0]}.") with { Errors = _messages };
    }
}
