namespace EdgeFace.Gallery;

/// <summary>Groups of templates at even distances over a whole set: the same ones for every probe.</summary>
internal ref struct SampledGroupsOf(TemplateSet set, int most)
{
    private readonly int _stride = Math.Max(1, set.Groups / most);
    private int _block;
    private int _group = -1;
    private bool _started;

    public readonly (TemplateBlock Block, int Group, ulong Alive) Current
        => (set.Blocks[_block].Block, _group, set.Blocks[_block].Alive[_group]);

    public readonly SampledGroupsOf GetEnumerator() => this;

    public bool MoveNext()
    {
        _group += _started ? _stride : 1;
        _started = true;
        while (_block < set.Blocks.Length && _group >= set.Blocks[_block].Groups)
            _group -= set.Blocks[_block++].Groups;
        return _block < set.Blocks.Length;
    }
}
