using Ilab.Runner.Hosting;

return await RunnerProgram.MainAsync(args);
