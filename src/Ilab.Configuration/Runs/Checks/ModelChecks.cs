using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Checks;

/// <summary>Models, and how they generate.</summary>
internal static class ModelChecks
{
    public static void Model(CheckContext context)
    {
        foreach (var pair in context.Section.Map("processor_kwargs").Pairs)
        {
            if (pair.Key is string key && context.Section.Class.Find(key) is not null)
            {
                context.Problems.Error(
                    pair.KeyPlace,
                    "conflict",
                    context.Key($"processor_kwargs.{key}"),
                    $"{key} is a field of the section itself",
                    $"write {context.Key(key)} instead"
                );
            }
        }

        if (context.Section.Map("model_kwargs").Find("revision") is not null)
        {
            context.Warn("model_kwargs.revision", "deprecated", "write model_revision instead; 'ilab config migrate' does", "deprecated");
        }
    }

    public static void Generation(CheckContext context)
    {
        foreach (var pair in context.Section.Map("logit_bias").Pairs)
        {
            var key = context.Key($"logit_bias.{PythonText.Of(pair.Key)}");
            if (pair.Key is not (string or Int128))
            {
                context.Problems.Error(pair.KeyPlace, "key", key, "a token is named by its number", "write a whole number");
            }

            if (pair.Value is ConfigScalar { Value: double bias } && bias is not (>= -100 and <= 100))
            {
                context.Problems.Error(pair.Value.Place, "range", key, $"{PythonText.Of(bias)} is out of range", "it has to be from -100 to 100");
            }
        }
    }

    public static void Guided(CheckContext context)
    {
        var set = ((string[])["json", "regex", "choice"]).Where(field => context.Section[field] is not ConfigScalar { Value: null }).ToList();
        if (set.Count > 1)
        {
            context.Error(set[1], $"{string.Join(" and ", set)} exclude each other", "leave one of them");
        }
    }

    public static void Remote(CheckContext context)
    {
        if (context.Section.Number("retry_backoff_max") < context.Section.Number("retry_backoff_base"))
        {
            context.Error(
                context.Section.IsWritten("retry_backoff_max") ? "retry_backoff_max" : "retry_backoff_base",
                "the longest wait is shorter than the first one",
                "retry_backoff_max has to be at least retry_backoff_base"
            );
        }

        if (context.Section.Text("api_key") is { Length: > 0 } && context.Section.Text("api_key_env_varname") is { Length: > 0 })
        {
            context.Warn("api_key_env_varname", "api_key is set as well, and used", "leave one of the two");
        }
    }
}
