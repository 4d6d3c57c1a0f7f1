using Ilab.Daemon.Hosting;

return await DaemonProgram.MainAsync(args);
