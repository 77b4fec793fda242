namespace EdgeFace.Agent.Publishing;

/// <summary>
/// A folder that shows faces: readable by its owner alone, bounded by count and age. Files sort by their name's time.
/// </summary>
internal sealed class PictureFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private readonly string _pattern;
    private readonly int _keepCount;
    private readonly TimeSpan _keepAge;
    private readonly TimeProvider _time;

    public PictureFolder(string path, string extension, int keepCount, TimeSpan keepAge, TimeProvider time)
    {
        Path = path;
        _pattern = "*" + extension;
        _keepCount = keepCount;
        _keepAge = keepAge;
        _time = time;
        if (!Directory.Exists(path))
            Directory.CreateDirectory(path, OwnerOnly);
    }

    public string Path { get; }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>How a file's name says whom it shows.</summary>
    public static string MarkOf(Guid person) => $"-{person:N}.";

    /// <summary>Removes the pictures of people who were erased.</summary>
    /// <exception cref="IOException">One cannot be removed.</exception>
    public static void Erase(string folder, IReadOnlyCollection<Guid> people)
    {
        if (!Directory.Exists(folder))
            return;
        var marks = people.Select(MarkOf).ToList();
        foreach (var file in Directory.EnumerateFiles(folder))
        {
            if (marks.Exists(mark => file.Contains(mark, StringComparison.Ordinal)))
                System.IO.File.Delete(file);
        }
    }

    /// <summary>Removes what is too old or too much.</summary>
    /// <returns>How many files went.</returns>
    public int Trim()
    {
        var files = new DirectoryInfo(Path).GetFiles(_pattern).OrderByDescending(file => file.LastWriteTimeUtc).ThenByDescending(file => file.Name).ToList();
        var oldest = _time.GetUtcNow() - _keepAge;
        var removed = 0;
        for (var i = 0; i < files.Count; i++)
        {
            if (i < _keepCount && files[i].LastWriteTimeUtc >= oldest)
                continue;
            files[i].Delete();
            removed++;
        }

        return removed;
    }
}
