using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Records;

/// <summary>A service that answers instead of this machine.</summary>
public sealed class RemoteParams(ConfigSection section) : ConfigRecord(section)
{
    public string? ApiUrl => Section.Text("api_url");
    public string? ApiKey => Section.Text("api_key");
    public string? ApiKeyEnvVarname => Section.Text("api_key_env_varname");
    public string? UserId => Section.Text("user_id");
    public long MaxRetries => Section.Whole("max_retries") ?? 0;
    public double RetryBackoffBase => Section.Number("retry_backoff_base") ?? 0;
    public double RetryBackoffMax => Section.Number("retry_backoff_max") ?? 0;
    public double ConnectionTimeout => Section.Number("connection_timeout") ?? 0;
    public long NumWorkers => Section.Whole("num_workers") ?? 0;
    public long? RequestsPerMinute => Section.Whole("requests_per_minute");
    public long? InputTokensPerMinute => Section.Whole("input_tokens_per_minute");
    public long? OutputTokensPerMinute => Section.Whole("output_tokens_per_minute");
    public double PolitenessPolicy => Section.Number("politeness_policy") ?? 0;
    public string? BatchCompletionWindow => Section.Text("batch_completion_window");
    public bool UseAdaptiveConcurrency => Section.Flag("use_adaptive_concurrency");
}
