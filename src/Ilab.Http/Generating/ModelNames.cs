using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Inference;
using Ilab.Engine.Store.Catalog;
using Ilab.Http.Calls;

namespace Ilab.Http.Generating;

/// <summary>The models that a caller names.</summary>
internal sealed class ModelNames(Caller caller)
{
    private const string Latest = ":" + ModelName.DefaultTag;

    /// <summary>Selects a model, or a model and adapters (<c>base+adapter</c>).</summary>
    /// <exception cref="ProblemException">404: no model can have that name.</exception>
    public ModelSelection Select(string name)
    {
        if (name.Split('+').All(static part => ModelName.TryParse(part, out _)))
        {
            return ModelSelection.Stored(name) with { Caller = caller };
        }

        throw new ProblemException(new Problem(404, $"no such model: {name}", "model", ErrorKind.NotFound));
    }

    /// <summary>The name without the default tag: what people type.</summary>
    public static string Short(string name) => name.EndsWith(Latest, StringComparison.Ordinal) ? name[..^Latest.Length] : name;
}
