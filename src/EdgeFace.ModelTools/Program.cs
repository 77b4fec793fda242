using EdgeFace.ModelTools.Commands;

return CommandLine.Run(args, Console.Out, Console.Error);
