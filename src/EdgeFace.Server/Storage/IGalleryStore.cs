namespace EdgeFace.Server.Storage;

/// <summary>
/// The gallery's one truth. Every change of what boards hold gets a revision in the same transaction that makes it, strictly
/// increasing, without gaps, and one after the other: whoever sees revision n + 1 sees n. A group's boards get the view of it
/// that concerns them. Several instances may work on one PostgreSQL; they hear of each other's changes at once.
/// </summary>
internal interface IGalleryStore : IAsyncDisposable
{
    Task<StoreState> StateAsync(CancellationToken cancellation);

    /// <summary>The changes of a group after a revision, all of one moment.</summary>
    /// <param name="group">An existing group.</param>
    /// <param name="since">0 for everything; see <see cref="OldestCursorAsync"/> for what is too old.</param>
    /// <param name="maxChanges">1 or more.</param>
    /// <exception cref="StoreRefusalException">There is no such group.</exception>
    Task<ChangePage> ReadChangesAsync(string group, long since, int maxChanges, CancellationToken cancellation);

    /// <summary>The revision of the last change that concerns a group; 0 when there was none.</summary>
    Task<long> CurrentRevisionAsync(string group, CancellationToken cancellation);

    /// <summary>The least cursor that misses no tombstone. A board with an older one, other than an empty board with 0, must begin anew.</summary>
    Task<long> OldestCursorAsync(string group, CancellationToken cancellation);

    /// <summary>Waits until a group's revision is above one, whichever instance makes the change, and returns it.</summary>
    Task<long> WaitForRevisionAsync(string group, long after, CancellationToken cancellation);

    /// <summary>Every move of a group's revision from now on; of several moves that nobody has fetched yet only the last.</summary>
    IAsyncEnumerable<RevisionMoved> WatchAsync(CancellationToken cancellation);

    /// <summary>A board says what it holds. An older or equal revision of the same moment or before is noted as well: a board may have been set back.</summary>
    /// <exception cref="StoreRefusalException">There is no such device.</exception>
    Task AcknowledgeAsync(string deviceId, long revision, string? digest, string? modelId, DateTimeOffset at, CancellationToken cancellation);

    /// <summary>The same of many boards at once, in one commit; devices that are not there are passed over.</summary>
    Task AcknowledgeAsync(IReadOnlyList<DeviceAcknowledgement> acknowledgements, CancellationToken cancellation);

    /// <summary>Notes of many keys and devices at once that they were heard of, in one commit.</summary>
    Task KeysUsedAsync(IReadOnlyList<KeyUse> uses, CancellationToken cancellation);

    /// <summary>Notes that a board has been heard of.</summary>
    Task SeenAsync(string deviceId, DateTimeOffset at, CancellationToken cancellation);

    /// <summary>Forgets tombstones of before a time; cursors before them become too old.</summary>
    /// <returns>How many.</returns>
    Task<int> PurgeTombstonesAsync(DateTimeOffset before, CancellationToken cancellation);

    Task<PersonRecord?> FindPersonAsync(Guid id, CancellationToken cancellation);

    /// <param name="name">Trimmed; case does not matter.</param>
    Task<PersonRecord?> FindPersonByNameAsync(string name, CancellationToken cancellation);

    Task<PeoplePage> ListPeopleAsync(string? group, Guid? after, int limit, CancellationToken cancellation);

    Task<PersonRecord> CreatePersonAsync(PersonDraft draft, Actor actor, CancellationToken cancellation);

    /// <param name="expected">The version that is to be replaced; null: whichever it is.</param>
    /// <returns>Null when there is no such person.</returns>
    Task<PersonRecord?> UpdatePersonAsync(Guid id, PersonDraft draft, long? expected, Actor actor, CancellationToken cancellation);

    /// <returns>Null when there is no such person.</returns>
    Task<Erasure?> ErasePersonAsync(Guid id, long? expected, Actor actor, CancellationToken cancellation);

    /// <summary>What is known of a person's erasure; null when there was none.</summary>
    Task<Erasure?> FindErasureAsync(Guid personId, CancellationToken cancellation);

    Task<IReadOnlyList<Guid>> ExpiredPeopleAsync(DateTimeOffset now, int limit, CancellationToken cancellation);

    /// <summary>Everything about a person; null when there is no such person.</summary>
    Task<PersonExport?> ExportPersonAsync(Guid id, Actor actor, CancellationToken cancellation);

    /// <summary>Adds faces to a person. A person's templates are of one model: those of another one before them are dropped.</summary>
    /// <returns>The person and the new templates' ids; null when there is no such person.</returns>
    Task<(PersonRecord Person, IReadOnlyList<Guid> Templates)?> AddTemplatesAsync(
        Guid personId, IReadOnlyList<TemplateDraft> drafts, long? expected, Actor actor, CancellationToken cancellation);

    Task<IReadOnlyList<TemplateInfo>> ListTemplatesAsync(Guid personId, CancellationToken cancellation);

    /// <summary>Removes a face with its photo; null when there is no such person or face.</summary>
    Task<PersonRecord?> RemoveTemplateAsync(Guid personId, Guid templateId, long? expected, Actor actor, CancellationToken cancellation);

    /// <summary>The photo of a template; null when none is kept.</summary>
    Task<byte[]?> FindPhotoAsync(Guid personId, Guid templateId, CancellationToken cancellation);

    /// <summary>People, in the order of their ids, whose templates are of another model than this and who have photos.</summary>
    Task<IReadOnlyList<Guid>> PeopleOfOtherModelsAsync(string modelId, Guid? after, int limit, CancellationToken cancellation);

    /// <summary>All photos that are kept of a person.</summary>
    Task<IReadOnlyList<byte[]>> PhotosOfAsync(Guid personId, CancellationToken cancellation);

    Task<IReadOnlyList<GroupRecord>> ListGroupsAsync(CancellationToken cancellation);

    Task<GroupRecord?> FindGroupAsync(string name, CancellationToken cancellation);

    Task<GroupRecord> CreateGroupAsync(string name, float? threshold, Actor actor, CancellationToken cancellation);

    Task<GroupRecord?> SetGroupThresholdAsync(string name, float? threshold, Actor actor, CancellationToken cancellation);

    /// <summary>Removes a group that has neither people nor devices; false when there is none.</summary>
    Task<bool> RemoveGroupAsync(string name, Actor actor, CancellationToken cancellation);

    Task<float?> GlobalThresholdAsync(CancellationToken cancellation);

    Task SetGlobalThresholdAsync(float? threshold, Actor actor, CancellationToken cancellation);

    Task<IReadOnlyList<DeviceRecord>> ListDevicesAsync(CancellationToken cancellation);

    Task<DeviceRecord?> FindDeviceAsync(string id, CancellationToken cancellation);

    /// <summary>Makes a device, or moves one to another group.</summary>
    Task<DeviceRecord> PutDeviceAsync(string id, string group, Actor actor, CancellationToken cancellation);

    /// <summary>Removes a device and revokes its keys; false when there is none.</summary>
    Task<bool> RemoveDeviceAsync(string id, Actor actor, CancellationToken cancellation);

    Task AddKeyAsync(KeyRecord key, Actor actor, CancellationToken cancellation);

    Task<KeyRecord?> FindKeyAsync(string id, CancellationToken cancellation);

    Task<IReadOnlyList<KeyRecord>> ListKeysAsync(CancellationToken cancellation);

    /// <summary>False when there is no such key or it is revoked already.</summary>
    Task<bool> RevokeKeyAsync(string id, Actor actor, CancellationToken cancellation);

    Task KeyUsedAsync(string id, DateTimeOffset at, CancellationToken cancellation);

    /// <summary>The newest lines before one, the newest first.</summary>
    Task<IReadOnlyList<AuditEntry>> ReadAuditAsync(long? before, Guid? personId, int limit, CancellationToken cancellation);

    /// <summary>Notes something that is no change of the store, such as a refused sign-in.</summary>
    Task AuditAsync(Actor actor, string action, Guid? personId, string? detail, CancellationToken cancellation);

    /// <summary>Rids the store's own files of what has been deleted, where something was. True when nothing is left to do.</summary>
    Task<bool> ScrubAsync(CancellationToken cancellation);
}
