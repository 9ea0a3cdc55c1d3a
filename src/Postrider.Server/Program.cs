using Postrider.Server.Cli;

return await CommandLine.RunAsync(args);
