namespace EdgeFace.Gallery.Sync;

/// <summary>What a server sent is not applied; nothing has changed. The message is one sentence without names.</summary>
internal sealed class SyncRefusedException(string message, Exception? inner = null) : Exception(message, inner);
