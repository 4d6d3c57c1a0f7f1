using Ilab.Daemon.Startup;

return await DaemonProgram.MainAsync(args);
