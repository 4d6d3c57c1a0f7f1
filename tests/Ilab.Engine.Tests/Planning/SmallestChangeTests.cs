using Ilab.Engine.Planning;

namespace Ilab.Engine.Tests.Planning;

/// <summary>The search for the smallest change of one setting.</summary>
public sealed class SmallestChangeTests
{
    private static readonly Lever<(int A, int B)> A = new(
        [9, 8, 7, 6, 5, 4, 3, 2, 1],
        static (one, value) => (value, one.B),
        static value => $"a={value}",
        static value => $"--a {value}",
        "less of a"
    );

    private static readonly Lever<(int A, int B)> B = new(
        [7, 5, 3],
        static (one, value) => (one.A, value),
        static value => $"b={value}",
        static _ => "",
        "less of b"
    );

    private static readonly (int A, int B) Start = (10, 10);

    [Theory]
    [InlineData(199, "a=9", 190)]
    [InlineData(190, "a=9", 190)]
    [InlineData(189, "a=8", 180)]
    [InlineData(111, "a=1", 110)]
    public async Task TheFirstValueThatFitsIsTaken(long available, string field, long bytes)
    {
        var (change, _) = await SmallestChange.FindAsync(Start, [A, B], Plan, available);
        Assert.Equal(new PlanChange(field, $"--{field.Replace('=', ' ')}", bytes, "less of a"), change);
    }

    [Fact]
    public async Task WhereOneSettingDoesNotSufficeTheNextIsTried()
    {
        var (change, closest) = await SmallestChange.FindAsync(Start, [A, B], static ((int A, int B) one) => Task.FromResult(one.A + (one.B * 10L)), 80);
        Assert.Equal(("b=7", 80L), (change!.Field, change.Bytes));
        Assert.Null(closest);
    }

    [Fact]
    public async Task WhatComesClosestIsNamedWhereNothingSuffices()
    {
        var (change, closest) = await SmallestChange.FindAsync(Start, [A, B], static ((int A, int B) one) => Task.FromResult(one.A + (one.B * 10L)), 10);
        Assert.Null(change);
        Assert.Equal(("b=3", 40L), (closest!.Field, closest.Bytes));
    }

    [Fact]
    public async Task FewCasesArePlanned()
    {
        var planned = new List<(int, int)>();
        var lever = A with { Values = [.. Enumerable.Range(1, 1000).Reverse()] };
        var (change, _) = await SmallestChange.FindAsync(
            (A: 1001, B: 0),
            [lever],
            ((int A, int B) one) =>
            {
                planned.Add(one);
                return Task.FromResult((long)one.A);
            },
            333
        );
        Assert.Equal(333, change!.Bytes);
        Assert.InRange(planned.Count, 1, 12);
    }

    private static Task<long> Plan((int A, int B) one) => Task.FromResult((one.A + one.B) * 10L);
}
