using System.Data.Common;
using EdgeFace.Core;

namespace EdgeFace.Server.Storage;

/// <summary>What differs between the databases. All statements beside these are the same for both.</summary>
internal abstract class SqlDialect : IAsyncDisposable
{
    /// <summary>What messages call the store; without a password.</summary>
    public abstract string Name { get; }

    /// <summary>Whether only one may write at a time: writers then wait in order within the process instead of trying again.</summary>
    public abstract bool OneWriter { get; }

    /// <summary>Words of the schema in this database's form.</summary>
    public abstract IReadOnlyDictionary<string, string> Words { get; }

    public abstract Task<DbConnection> OpenAsync(CancellationToken cancellation);

    /// <summary>For looking at one moment of the store, however many statements it takes.</summary>
    public abstract Task<DbTransaction> BeginReadAsync(DbConnection connection, CancellationToken cancellation);

    /// <summary>For changing. Waits for its turn where the database lets only one write.</summary>
    public abstract Task<DbTransaction> BeginWriteAsync(DbConnection connection, CancellationToken cancellation);

    /// <summary>Keeps instances that start at once from bringing the schema up twice; until the commit.</summary>
    public abstract Task LockSchemaAsync(SqlSession session);

    public abstract Task<bool> HasSchemaAsync(SqlSession session);

    /// <summary>Gives a parameter its place.</summary>
    public abstract void Place(DbParameter parameter, int number);

    /// <summary>Tells other instances of a move, when the transaction commits.</summary>
    public abstract Task NotifyAsync(SqlSession session, RevisionMoved move);

    /// <summary>Calls back for the moves of other instances until disposed; returns when it listens.</summary>
    /// <param name="missed">Called when moves may have been missed.</param>
    public abstract Task ListenAsync(Action<RevisionMoved> moved, Func<Task> missed, CancellationToken cancellation);

    /// <summary>Rids the database's files of deleted rows as far as it can be told to. False: try again later.</summary>
    /// <param name="deletions">How many there were in all when it became due; 0: it is not.</param>
    public abstract Task<bool> ScrubAsync(DbConnection connection, long deletions, CancellationToken cancellation);

    /// <summary>Whether deleted rows stay in files that scrubbing may not touch.</summary>
    public virtual bool LeavesTraces => false;

    /// <summary>A database's failure as one clear line, without what was stored.</summary>
    public abstract InputException Translate(DbException error);

    public abstract ValueTask DisposeAsync();
}
