using System.Diagnostics;
using EdgeFace.Core;

namespace EdgeFace.Gallery.Tests;

public sealed class GalleryStoreTests
{
    [Fact]
    public void What_was_enrolled_is_there_after_reopening()
    {
        using var gallery = new GalleryFixture();
        gallery.Time.Advance(TimeSpan.FromTicks(1_234_567_891));
        var anna = gallery.Store.Enroll("  Anna Ångström ", [GalleryFixture.Face(1, sigma: 0.25f), GalleryFixture.Face(2, source: "")]);
        gallery.Time.Advance(TimeSpan.FromSeconds(5));
        var again = gallery.Store.Enroll("ANNA ÅNGSTRÖM", [GalleryFixture.Face(3)]);
        var bob = gallery.Store.AddPerson("Bob");
        gallery.Reopen();

        Assert.Equal(anna, again);
        Assert.Equal("Anna Ångström", anna.Name);
        Assert.Equal([anna, bob], gallery.Store.List().Select(summary => summary.Person));
        Assert.Equal([3, 0], gallery.Store.List().Select(summary => summary.Templates));
        Assert.Equal(anna.CreatedAt + TimeSpan.FromSeconds(5), gallery.Store.List()[0].LastTemplateAt);
        Assert.Null(gallery.Store.List()[1].LastTemplateAt);

        var templates = gallery.Store.Templates(anna.Id).ToArray();
        Assert.Equal([0.25f, null, null], templates.Select(template => template.Sigma));
        Assert.Equal(["face.jpg", "", "face.jpg"], templates.Select(template => template.Source));
        Assert.All(templates, template => Assert.Equal((anna.Id, 0.75f, GalleryFixture.Model), (template.PersonId, template.Quality, template.Embedding.ModelId)));
        Assert.Equal(1, templates[1].Embedding.CosineTo(GalleryFixture.Face(2).Embedding), 5);
        Assert.Empty(gallery.Store.Templates(bob.Id));
    }

    [Fact]
    public void Templates_go_on_over_page_ends()
    {
        using var gallery = new GalleryFixture();
        var person = gallery.Store.Enroll("Many", [.. Enumerable.Range(0, 700).Select(seed => GalleryFixture.Face(seed, 8))]);
        gallery.Store.Enroll("Another", [GalleryFixture.Face(1000, 8)]);
        var read = gallery.Store.Templates(person.Id).ToArray();
        Assert.Equal(700, read.Length);
        Assert.Equal(700, read.Select(template => template.Id).Distinct().Count());
        Assert.Equal(1, read[699].Embedding.CosineTo(GalleryFixture.Face(699, 8).Embedding), 5);
        Assert.Equal(701, gallery.Store.Templates().Count());
    }

    [Fact]
    public void People_are_found_by_name_ignoring_case_and_by_id()
    {
        using var gallery = new GalleryFixture();
        var person = gallery.Store.AddPerson("Élodie");
        Assert.Equal(person, gallery.Store.FindPerson(" éLODIE "));
        Assert.Equal(person, gallery.Store.FindPerson(person.Id.ToString()));
        Assert.Equal(person, gallery.Store.FindPerson(person.Id.ToString().ToUpperInvariant()));
        Assert.Null(gallery.Store.FindPerson("Elodie"));
        Assert.Null(gallery.Store.FindPerson(""));
        Assert.Null(gallery.Store.FindPerson(Guid.Empty.ToString()));
    }

    [Fact]
    public void A_name_that_is_taken_is_refused_whatever_its_case()
    {
        using var gallery = new GalleryFixture();
        gallery.Store.AddPerson("Zoë");
        var error = Assert.Throws<InputException>(() => gallery.Store.AddPerson("ZOË"));
        Assert.Equal(
            "Somebody of this name is in the gallery already (upper and lower case count as equal): choose another name.", error.Message);
        Assert.Single(gallery.Store.List());
    }

    [Theory]
    [InlineData("", "The name is empty: give a name of 1 to 200 characters.")]
    [InlineData("  \t ", "The name is empty: give a name of 1 to 200 characters.")]
    [InlineData("a\nb", "The name has a control character or half a character at position 2: leave it out.")]
    [InlineData("a\u001bb", "The name has a control character or half a character at position 2: leave it out.")]
    [InlineData("😀ab\u2028c", "The name has a control character or half a character at position 5: leave it out.")]
    public void Names_that_are_not_allowed_are_refused_with_the_reason(string name, string reason)
    {
        using var gallery = new GalleryFixture();
        Assert.Equal(reason, Assert.Throws<InputException>(() => gallery.Store.AddPerson(name)).Message);
        Assert.Equal(reason, Assert.Throws<InputException>(() => gallery.Store.Enroll(name, [GalleryFixture.Face(1)])).Message);
        Assert.Empty(gallery.Store.List());
    }

    [Fact]
    public void Names_are_bounded_and_half_characters_refused()
    {
        using var gallery = new GalleryFixture();
        Assert.Equal(
            "The name has 201 characters: give at most 200.",
            Assert.Throws<InputException>(() => gallery.Store.AddPerson(new string('x', 201))).Message);
        Assert.Throws<InputException>(() => gallery.Store.AddPerson("a\ud83d"));
        Assert.Equal(200, gallery.Store.AddPerson(new string('x', 200)).Name.Length);
        Assert.Equal("O'Brien; DROP TABLE people; -- 😀", gallery.Store.AddPerson("O'Brien; DROP TABLE people; -- 😀").Name);
    }

    [Fact]
    public void Enrolment_is_all_or_nothing()
    {
        using var gallery = new GalleryFixture();
        var good = GalleryFixture.Face(1);
        Assert.Throws<ArgumentException>(() => gallery.Store.Enroll("New", [good, good with { Quality = float.NaN }]));
        Assert.Throws<ArgumentException>(() => gallery.Store.Enroll("New", [good, good with { Sigma = -1 }]));
        Assert.Throws<ArgumentException>(() => gallery.Store.Enroll("New", []));
        Assert.Empty(gallery.Store.List());

        // A fault that only the database finds, after the person and the first template are in.
        using (var foreign = SqliteFile.Open(gallery.Path))
            SqliteFile.Execute(foreign, "CREATE TRIGGER full BEFORE INSERT ON templates WHEN substr(NEW.content, -3) = CAST('bad' AS BLOB) BEGIN SELECT RAISE(ABORT, 'no'); END");
        var revision = gallery.Store.Revision;
        Assert.Throws<InputException>(() => gallery.Store.Enroll("New", [good, good with { Source = "bad" }]));
        Assert.Empty(gallery.Store.List());
        Assert.Empty(gallery.Store.Templates());
        Assert.Equal(revision, gallery.Store.Revision);
        gallery.Store.Enroll("New", [good]);
    }

    [Fact]
    public void Templates_of_a_person_who_is_gone_are_refused()
    {
        using var gallery = new GalleryFixture();
        var person = gallery.Store.AddPerson("Gone");
        Assert.True(gallery.Store.RemovePerson(person.Id));
        Assert.False(gallery.Store.RemovePerson(person.Id));
        Assert.Throws<InputException>(() => gallery.Store.AddTemplates(person, [GalleryFixture.Face(1)]));
    }

    [Fact]
    public void Every_change_counts_and_is_announced_and_nothing_else()
    {
        using var gallery = new GalleryFixture();
        var announced = 0;
        gallery.Store.Changed += () => announced++;
        var person = gallery.Store.AddPerson("A");
        gallery.Store.AddTemplates(person, [GalleryFixture.Face(1), GalleryFixture.Face(2)]);
        gallery.Store.Enroll("A", [GalleryFixture.Face(3)]);
        gallery.Store.RemovePerson(person.Id);
        Assert.Equal((4, 4L), (announced, gallery.Store.Revision));

        gallery.Store.RemovePerson(person.Id);
        Assert.Throws<InputException>(() => gallery.Store.AddPerson(""));
        Assert.Equal((4, 4L), (announced, gallery.Store.Revision));
    }

    [Fact]
    public void Changes_of_another_process_are_noticed_until_they_are_read()
    {
        using var gallery = new GalleryFixture();
        using var other = gallery.Open();
        Assert.False(gallery.Store.HasChanged());
        other.Enroll("A", [GalleryFixture.Face(1)]);
        Assert.True(gallery.Store.HasChanged());
        Assert.True(gallery.Store.HasChanged());
        Assert.Equal(1, gallery.Store.Snapshot(GalleryFixture.Model).Templates);
        Assert.False(gallery.Store.HasChanged());

        gallery.Store.Enroll("A", [GalleryFixture.Face(2)]);
        Assert.False(gallery.Store.HasChanged());
        Assert.True(other.HasChanged());
    }

    [ProgramFact("sqlite3")]
    public void Changes_of_a_process_of_its_own_are_noticed()
    {
        using var gallery = new GalleryFixture();
        gallery.Store.Enroll("A", [GalleryFixture.Face(1)]);
        Assert.False(gallery.Store.HasChanged());
        using var other = Process.Start("sqlite3", [gallery.Path,
            "BEGIN IMMEDIATE; UPDATE people SET name = 'B', name_key = 'B'; UPDATE gallery_state SET revision = revision + 1; COMMIT"]);
        Assert.True(other.WaitForExit(TimeSpan.FromSeconds(20)));
        Assert.Equal(0, other.ExitCode);
        Assert.True(gallery.Store.HasChanged());
        Assert.Equal("B", gallery.Store.Snapshot(GalleryFixture.Model).People[0].Name);
        Assert.False(gallery.Store.HasChanged());
    }

    [Fact]
    public void A_closed_gallery_says_so()
    {
        using var gallery = new GalleryFixture();
        gallery.Store.Dispose();
        Assert.Throws<ObjectDisposedException>(() => gallery.Store.List());
        gallery.Store.Dispose();
    }
}
