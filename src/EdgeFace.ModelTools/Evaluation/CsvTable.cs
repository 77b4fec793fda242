using System.Globalization;
using EdgeFace.Core;

namespace EdgeFace.ModelTools.Evaluation;

/// <summary>A file of comma-separated values with a line of column names; without quoting, as the label files have none.</summary>
internal sealed class CsvTable
{
    private readonly string[] _columns;

    private CsvTable(string path, string[] columns)
    {
        Path = path;
        _columns = columns;
    }

    public string Path { get; }

    public IReadOnlyList<CsvRow> Rows { get; private set; } = [];

    /// <exception cref="InputException">The file is missing, lacks a column or has no rows, or a row has another number of fields.</exception>
    public static CsvTable Read(string path, IReadOnlyList<string> required)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: the labels are missing or cannot be read.", error);
        }

        var table = new CsvTable(path, lines.Length == 0 ? [] : lines[0].TrimEnd().Split(','));
        foreach (var column in required)
        {
            if (!table.Has(column))
                throw new InputException($"{path}:1: has no column '{column}'; needed are {string.Join(", ", required)}.");
        }

        table.Rows = [.. Enumerable.Range(1, lines.Length - 1).Where(line => lines[line].Length > 0).Select(line => table.Row(lines[line], line + 1))];
        return table.Rows.Count > 0 ? table : throw new InputException($"{path}: holds no labels.");
    }

    public bool Has(string column) => _columns.Contains(column, StringComparer.Ordinal);

    internal int Index(string column) => Array.IndexOf(_columns, column);

    private CsvRow Row(string line, int number)
    {
        var fields = line.TrimEnd().Split(',');
        return fields.Length == _columns.Length
            ? new CsvRow(this, number, fields)
            : throw new InputException($"{Path}:{number}: has {fields.Length} fields, but the first line names {_columns.Length}.");
    }
}

/// <summary>One line of a <see cref="CsvTable"/>.</summary>
internal sealed class CsvRow(CsvTable table, int line, string[] fields)
{
    /// <exception cref="InputException">Not a finite number.</exception>
    public float Number(string column)
        => float.TryParse(Text(column), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && float.IsFinite(value)
            ? value
            : throw Bad(column, "must be a number");

    /// <exception cref="InputException">Neither 0 nor 1.</exception>
    public bool Flag(string column) => Text(column) switch
    {
        "0" => false,
        "1" => true,
        _ => throw Bad(column, "must be 0 or 1"),
    };

    /// <exception cref="InputException">Not a whole number from 0 on.</exception>
    public int Index(string column)
        => int.TryParse(Text(column), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : throw Bad(column, "must be a whole number from 0 on");

    /// <exception cref="InputException">Empty, or a path that leads out of its folder.</exception>
    public string PlainName(string column)
        => Text(column) is { Length: > 0 } name && !Path.IsPathRooted(name) && !name.Split('/').Contains("..") ? name : throw Bad(column, "must name a file below images/");

    private string Text(string column) => fields[table.Index(column)];

    private InputException Bad(string column, string what) => new($"{table.Path}:{line}: {column} '{Text(column)}' {what}.");
}
