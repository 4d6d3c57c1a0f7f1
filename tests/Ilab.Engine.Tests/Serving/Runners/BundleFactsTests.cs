using Ilab.Engine.Serving.Runners;

namespace Ilab.Engine.Tests.Serving.Runners;

public sealed class BundleFactsTests
{
    private static readonly DateTimeOffset Created = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly DateTimeOffset Later = Created + TimeSpan.FromMinutes(1);

    [Fact]
    public void A_held_lock_and_a_socket_mean_it_is_adopted() => Assert.Equal(BundleCondition.Running, Facts(held: true, ready: true).Classify(Later));

    [Fact]
    public void A_held_lock_means_alive_even_beside_an_exit_file() =>
        Assert.Equal(BundleCondition.Running, Facts(held: true, ready: true, exit: true).Classify(Later));

    [Fact]
    public void A_held_lock_without_a_socket_means_it_is_still_starting_however_long_it_takes() =>
        Assert.Equal(BundleCondition.Starting, Facts(held: true).Classify(Created + TimeSpan.FromHours(1)));

    [Fact]
    public void A_free_lock_and_an_exit_file_mean_it_ended() => Assert.Equal(BundleCondition.Ended, Facts(ready: true, exit: true, log: true).Classify(Later));

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void A_free_lock_without_an_exit_file_means_it_was_lost(bool ready, bool log) =>
        Assert.Equal(BundleCondition.Lost, Facts(ready: ready, log: log).Classify(Later));

    [Fact]
    public void A_spec_alone_means_it_was_never_started() => Assert.Equal(BundleCondition.NeverStarted, Facts().Classify(Later));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Just_after_the_spec_a_free_lock_means_nothing_yet(bool log) =>
        Assert.Equal(BundleCondition.Starting, Facts(log: log).Classify(Created + TimeSpan.FromSeconds(1)));

    [Fact]
    public void Without_a_spec_it_is_rubbish() => Assert.Equal(BundleCondition.Rubbish, new BundleFacts(true, null, true, true, true).Classify(Later));

    private static BundleFacts Facts(bool held = false, bool ready = false, bool exit = false, bool log = false) => new(held, Created, ready, exit, log);
}
