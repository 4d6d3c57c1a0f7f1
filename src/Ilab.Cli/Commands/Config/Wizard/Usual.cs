using Ilab.Api.V1;
using Ilab.Cli.Hosting;

namespace Ilab.Cli.Commands.Config.Wizard;

/// <summary>Settings of ilab.conf as suggestions of the questions of the same names.</summary>
internal static class Usual
{
    public static void Fill(Session session, WizardRequest request)
    {
        var settings = session.Settings();
        if (settings.Given("model.default") is { } model)
        {
            request.Usual["model"] = model;
        }

        var section = request.Kind == WizardKind.Train ? "training" : "generation";
        foreach (var value in settings.Values.Where(value => value.Setting.Section == section && !value.IsDefault))
        {
            request.Usual[value.Setting.Name == "temperature" ? "style" : value.Setting.Name] = value.Setting.Type.Canonical(value.Text);
        }
    }
}
