using Ilab.Data.Tests.Fixtures;

// The tests are run by their runner; as a program this is the process whose calls are recorded.
if (args is not [StoreWorkload.Verb, .. var arguments])
{
    Console.Error.WriteLine($"usage: {StoreWorkload.Verb} STORE MARKS MODEL...");
    return 2;
}

await StoreWorkload.RunAsync(arguments);
return 0;
