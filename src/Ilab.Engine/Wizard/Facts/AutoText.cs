using System.Globalization;
using Ilab.Engine.Errors;

namespace Ilab.Engine.Wizard.Facts;

/// <summary>Why each value was chosen, in one line with its figure.</summary>
internal sealed class AutoText(TrainingCase known, AutoPlanner.Place place, LengthChoice length, AutoMemory memory, double usable)
{
    /// <summary>Tokens of a batch beyond which a device gains nothing.</summary>
    public const int TokensOnACpu = 4096,
        TokensOnAGpu = 32768;

    private string Where => place.Device is { } device ? $"the {ByteText.Of(device.Free)} free on {device.Device}" : "memory that is not known";

    /// <summary>Not all of what is free is taken for granted.</summary>
    private string Share => place.Device is { } device && place.Bytes <= device.Free ? $"{LengthChoice.Percent(usable)} of " : "";

    public string Type()
    {
        if (known.Model is not { Parameters: > 0 } model)
        {
            return "the model is not stored here, so its size is not known: adapters need the least";
        }

        var by = model.IsGuess ? "by what is usual for its name, " : "";
        var need = place.Fits == false ? $"needs about {ByteText.Of(place.Bytes)}, more than {Share}{Where}" : $"about {ByteText.Of(place.Bytes)} of {Where}";
        return place.Type switch
        {
            "full" => $"{by}{Count(model)} parameters are few: every weight with gradient and moments takes {need}",
            _ when model.IsQuantized =>
                $"the weights are {model.Quantization}, which adapters can be trained on but which cannot be trained themselves; {need}",
            _ when model.HasExperts => $"of a mixture of experts, adapters alone can be trained; {need}",
            _ when place.Fits == false => $"{need}; 'ilab model quantize {WizardNames.Short(model.Name)} --type Q4_K_M' makes a smaller base, for qlora",
            _ => $"{by}training all {Count(model)} parameters takes {ByteText.Of(memory.Least(model, "full", place.Device))} before the first batch; "
                + $"adapters take {need}",
        };
    }

    public string Device() =>
        place.Device switch
        {
            { IsGpu: true } device => $"{ByteText.Of(device.Free)} free, and many times faster than the CPU",
            { } device when known.Model is { HasExperts: true } => $"a mixture of experts is trained on the CPU; {ByteText.Of(device.Free)} free",
            { } device when known.Devices.Where(static other => other.IsGpu).MaxBy(static other => other.Free) is { } gpu =>
                $"{ByteText.Of(place.Bytes)} are needed, and {gpu.Device} has {ByteText.Of(gpu.Free)} free",
            { } device => $"{ByteText.Of(device.Free)} free, and no GPU that can be used",
            null => "",
        };

    public string Length() =>
        place.Length == length.Tokens ? length.Reason
        : known.Lengths is { } lengths
            ? $"{length.Tokens} do not fit into {Where}; {LengthChoice.Percent(lengths.Above(place.Length))} of {lengths.Source} are longer and are cut"
        : $"{length.Tokens} do not fit into {Where}; longer records are cut";

    public string Batch()
    {
        var isOne = place.Batch == 1;
        var (tokens, take) = ($"{Sequences(place.Batch)} of {place.Length} tokens", isOne ? "takes" : "take");
        return place.Bytes == 0 ? $"{tokens}: memory grows with them"
            : place.Fits == false ? "the least there is: memory grows with it"
            : place.Batch * 2 > length.SequencesPerStep(place.Length)
                ? $"{tokens} {(isOne ? "is" : "are")} a whole step, and {take} about {ByteText.Of(place.Bytes)} with the model"
            : place.Batch * 2 * place.Length > (place.Device is { IsGpu: true } ? TokensOnAGpu : TokensOnACpu)
                ? $"{tokens} {(isOne ? "keeps" : "keep")} the device busy; more at once are no faster"
            : $"{tokens} {take} about {ByteText.Of(place.Bytes)} with the model; twice as many exceed {LengthChoice.Percent(usable)} of {Where}";
    }

    public string Accumulation(int batches)
    {
        var sequences = batches * place.Batch;
        if (known.Lengths is not { } lengths)
        {
            return known.Records > 0 ? $"a step sees {Of(sequences)}" : $"a step sees {Text(sequences)} records, as is usual";
        }

        var records = (int)Math.Round(sequences * place.Length / Math.Max(1, Math.Min(lengths.Mean, place.Length)));
        return $"a step sees {Sequences(sequences)}, about {Of(records)} ({Text((int)Math.Round(lengths.Mean))} tokens on average)";

        string Of(int some) => some < known.Records ? $"{Text(some)} of the {known.Records} records" : $"all {known.Records} records";
    }

    public string Checkpointing()
    {
        if (known.Model is not { Parameters: > 0 } model)
        {
            return "the size of the model is not known: less memory for a third more time";
        }

        var (with, without) = (Kept(true), Kept(false));
        return place.Checkpointing
            ? $"activations take {with} instead of {without}, which would not fit; a step takes a third longer"
            : $"activations take {without} and fit; a step is a third faster without it";

        string Kept(bool checkpointing) => ByteText.Of(memory.Of(model, place.Type, place.Device, place.Batch, place.Length, checkpointing).Activations);
    }

    public Suggestion LearningRate()
    {
        var family = FamilyTemplates.Of(known.Model?.Architecture ?? "");
        return place.Type == "full"
            ? new(Number(family.FullRate), family.Why("training every weight"))
            : new(Number(family.AdapterRate), family.Why("adapters"));
    }

    public Suggestion Threads() =>
        place.Device is { IsGpu: true } device ? new("0", $"{device.Device} computes")
        : known.Threads > 0 ? new(Text(known.Threads), $"the service may use {Text(known.Threads)}; a step takes as many as are free")
        : new("0", "a step takes as many as are free");

    public Suggestion Distributed()
    {
        var (gpus, hosts) = (Math.Max(1, known.Gpus), Math.Max(1, known.Hosts));
        if (gpus * hosts == 1 || place.Device is not { IsGpu: true } device)
        {
            return new("none", gpus * hosts == 1 ? "there is one device" : "it runs on the CPU of one machine");
        }

        var where = $"{Text(gpus)} GPUs" + (hosts > 1 ? $" on each of {Text(hosts)} machines" : "");
        return known.Model is not { Parameters: > 0 } model ? new("ddp", $"{where}: a copy on each, if the model fits on one")
            : place.Bytes <= device.Free * usable ? new("ddp", $"{where}: a copy of {ByteText.Of(place.Bytes)} fits on each, and each computes its own batches")
            : new(
                "fsdp",
                $"{where}: {ByteText.Of(place.Bytes)} exceed the {ByteText.Of(device.Free)} of one, and are divided among {Text(gpus * hosts)} "
                    + $"({ByteText.Of(memory.Least(model, place.Type, device) / (gpus * hosts))} of weights and optimizer each)"
            );
    }

    private static string Sequences(int count) => count == 1 ? "1 sequence" : Text(count) + " sequences";

    private static string Count(ModelFacts model) => WizardNames.Count(model.Parameters);

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("0.##########", CultureInfo.InvariantCulture);
}
