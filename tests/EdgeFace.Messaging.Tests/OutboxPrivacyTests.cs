namespace EdgeFace.Messaging.Tests;

public sealed class OutboxPrivacyTests : OutboxTestBase
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    [Fact]
    public void File_and_write_ahead_log_are_for_the_owner_alone()
    {
        using var outbox = Open();
        outbox.Append(Message("a"));
        Assert.All(Directory.GetFiles(Folder), file => Assert.Equal(OwnerOnly, File.GetUnixFileMode(file)));
        Assert.Contains(Directory.GetFiles(Folder), file => file.EndsWith("-wal", StringComparison.Ordinal));
    }

    [Fact]
    public void A_file_that_others_can_read_is_taken_from_them()
    {
        Open().Dispose();
        File.SetUnixFileMode(FilePath, OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        Open().Dispose();
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(FilePath));
    }
}
