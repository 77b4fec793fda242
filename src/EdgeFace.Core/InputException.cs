namespace EdgeFace.Core;

/// <summary>
/// Input that cannot be used: a file, an option, a picture, a model. The message is one line for the user that says what,
/// where and what to do; commands print it as it is and end with exit code 2.
/// </summary>
public sealed class InputException : Exception
{
    public InputException(string message)
        : base(message)
    {
    }

    public InputException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
