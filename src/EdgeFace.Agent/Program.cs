using EdgeFace.Agent.Commands;
using EdgeFace.Devices;

// Before anything else: from here on the standard output is the program's own, whatever native libraries print.
using var native = NativeOutput.Capture();
var context = new CommandContext(native.Out, native.Error, native.OutIsTerminal, native.ErrorIsTerminal, native, TimeProvider.System);
return await CommandLine.RunAsync(args, context);
