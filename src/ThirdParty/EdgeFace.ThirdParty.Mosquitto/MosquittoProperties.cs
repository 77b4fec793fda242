#nullable enable

namespace EdgeFace.ThirdParty.Mosquitto;

/// <summary>A list of MQTT 5 properties that is built here; dispose of it after the call that took it (which copies).</summary>
public unsafe ref struct MosquittoPropertyList
{
    private nint _list;

    internal readonly nint Handle => _list;

    public void AddByte(MosquittoProperty property, byte value)
    {
        fixed (nint* list = &_list)
            Check(NativeMethods.mosquitto_property_add_byte(list, (int)property, value));
    }

    public void AddInt16(MosquittoProperty property, ushort value)
    {
        fixed (nint* list = &_list)
            Check(NativeMethods.mosquitto_property_add_int16(list, (int)property, value));
    }

    public void AddInt32(MosquittoProperty property, uint value)
    {
        fixed (nint* list = &_list)
            Check(NativeMethods.mosquitto_property_add_int32(list, (int)property, value));
    }

    public void AddString(MosquittoProperty property, string value)
    {
        fixed (nint* list = &_list)
            Check(NativeMethods.mosquitto_property_add_string(list, (int)property, value));
    }

    public void AddBinary(MosquittoProperty property, ReadOnlySpan<byte> value)
    {
        fixed (nint* list = &_list)
        fixed (byte* bytes = value)
            Check(NativeMethods.mosquitto_property_add_binary(list, (int)property, bytes, checked((ushort)value.Length)));
    }

    public void AddPair(MosquittoProperty property, string name, string value)
    {
        fixed (nint* list = &_list)
            Check(NativeMethods.mosquitto_property_add_string_pair(list, (int)property, name, value));
    }

    public void Dispose()
    {
        if (_list == 0)
            return;
        fixed (nint* list = &_list)
            NativeMethods.mosquitto_property_free_all(list);
        _list = 0;
    }

    private static void Check(int error)
    {
        if (error != 0)
            throw new ArgumentException(MosquittoLibrary.Describe((MosquittoError)error));
    }
}

/// <summary>The properties of a packet that came in; valid only inside the callback that carries it.</summary>
public readonly unsafe ref struct MosquittoPropertyView
{
    private readonly nint _list;

    internal MosquittoPropertyView(nint list) => _list = list;

    public ushort? Int16(MosquittoProperty property)
    {
        ushort value;
        return _list != 0 && NativeMethods.mosquitto_property_read_int16(_list, (int)property, &value, false) != 0 ? value : null;
    }

    public uint? Int32(MosquittoProperty property)
    {
        uint value;
        return _list != 0 && NativeMethods.mosquitto_property_read_int32(_list, (int)property, &value, false) != 0 ? value : null;
    }

    public string? String(MosquittoProperty property)
    {
        byte* value = null;
        if (_list == 0 || NativeMethods.mosquitto_property_read_string(_list, (int)property, &value, false) == 0)
            return null;
        var text = MosquittoLibrary.Text(value);
        NativeMethods.free(value);
        return text;
    }

    public byte[]? Binary(MosquittoProperty property)
    {
        byte* value = null;
        ushort length = 0;
        if (_list == 0 || NativeMethods.mosquitto_property_read_binary(_list, (int)property, &value, &length, false) == 0)
            return null;
        var bytes = new ReadOnlySpan<byte>(value, length).ToArray();
        NativeMethods.free(value);
        return bytes;
    }
}
