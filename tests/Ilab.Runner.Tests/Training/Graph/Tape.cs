namespace Ilab.Runner.Tests.Training.Graph;

/// <summary>Plain operations in double precision, each with the derivative that its formula has; nothing is shared with what is tested.</summary>
internal sealed class Tape
{
    private readonly List<Action> _back = [];

    /// <summary>Derivatives of everything that led to the last value, from the last operation to the first.</summary>
    public void GoBack()
    {
        for (var index = _back.Count - 1; index >= 0; index--)
        {
            _back[index]();
        }
    }

    /// <summary>x [n, k] times the transposed w [m, k] = [n, m].</summary>
    public Value Product(Value x, Value w)
    {
        var result = new Value(x.Rows, w.Rows);
        var (left, right, columns) = (x.Data, w.Data, x.Columns); // a property is a call where nothing is optimized
        for (var row = 0; row < x.Rows; row++)
        {
            for (var column = 0; column < w.Rows; column++)
            {
                double sum = 0;
                for (int k = 0, at = row * columns, other = column * columns; k < columns; k++)
                {
                    sum += left[at + k] * right[other + k];
                }

                result.Data[(row * result.Columns) + column] = sum;
            }
        }

        _back.Add(() =>
        {
            for (var row = 0; row < x.Rows; row++)
            {
                for (var column = 0; column < w.Rows; column++)
                {
                    var slope = result.Slope[(row * result.Columns) + column];
                    for (var k = 0; k < x.Columns; k++)
                    {
                        x.Slope[(row * x.Columns) + k] += slope * w.Data[(column * w.Columns) + k];
                        w.Slope[(column * w.Columns) + k] += slope * x.Data[(row * x.Columns) + k];
                    }
                }
            }
        });
        return result;
    }

    public Value Add(Value a, Value b, double factor = 1) => Each(a, b, (x, y) => (x + (factor * y), 1, factor));

    public Value Multiply(Value a, Value b) => Each(a, b, static (x, y) => (x * y, y, x));

    /// <summary>Each number times one, plus another.</summary>
    public Value Line(Value a, double factor, double shift = 0) => Each(a, x => ((factor * x) + shift, factor));

    /// <summary>Columns times their numbers, which repeat, plus others.</summary>
    public Value Columnwise(Value a, double[]? factors, double[]? shifts = null) =>
        Each(
            a,
            (x, index) =>
            {
                var column = index % a.Columns;
                var factor = factors is null ? 1 : factors[column % factors.Length];
                return ((factor * x) + (shifts is null ? 0 : shifts[column % shifts.Length]), factor);
            }
        );

    /// <param name="function">Value and derivative.</param>
    public Value Each(Value a, Func<double, (double Value, double Slope)> function) => Each(a, (x, _) => function(x));

    /// <summary>Some columns, in the order given.</summary>
    public Value Take(Value a, int[] columns)
    {
        var result = new Value(a.Rows, columns.Length);
        for (var index = 0; index < result.Data.Length; index++)
        {
            result.Data[index] = a.Data[At(index)];
        }

        _back.Add(() =>
        {
            for (var index = 0; index < result.Data.Length; index++)
            {
                a.Slope[At(index)] += result.Slope[index];
            }
        });
        return result;

        int At(int index) => (index / columns.Length * a.Columns) + columns[index % columns.Length];
    }

    /// <summary>Groups of columns divided by the root of their mean square, without their mean first or with it.</summary>
    public Value Norm(Value a, int group, double epsilon, bool isCentered)
    {
        var result = new Value(a.Rows, a.Columns);
        for (var start = 0; start < a.Data.Length; start += group)
        {
            var (mean, root) = Moments(a.Data.AsSpan(start, group), epsilon, isCentered);
            for (var index = start; index < start + group; index++)
            {
                result.Data[index] = (a.Data[index] - mean) * root;
            }
        }

        _back.Add(() =>
        {
            for (var start = 0; start < a.Data.Length; start += group)
            {
                var (_, root) = Moments(a.Data.AsSpan(start, group), epsilon, isCentered);
                double along = 0,
                    sum = 0;
                for (var index = start; index < start + group; index++)
                {
                    along += result.Slope[index] * result.Data[index] / group;
                    sum += isCentered ? result.Slope[index] / group : 0;
                }

                for (var index = start; index < start + group; index++)
                {
                    a.Slope[index] += root * (result.Slope[index] - sum - (result.Data[index] * along));
                }
            }
        });
        return result;
    }

    /// <summary>Pairs of columns turned: by an angle, and multiplied by a length.</summary>
    /// <param name="pairs">First and second column.</param>
    /// <param name="angle">Of a row and the pair's index.</param>
    public Value Turn(Value a, (int First, int Second)[] pairs, Func<int, int, double> angle, double length = 1)
    {
        var result = new Value(a.Rows, a.Columns, [.. a.Data]);
        Turn(a.Data, result.Data, 1);
        _back.Add(() =>
        {
            var slopes = (double[])result.Slope.Clone();
            Turn(result.Slope, slopes, -1);
            for (var index = 0; index < slopes.Length; index++)
            {
                a.Slope[index] += slopes[index];
            }
        });
        return result;

        void Turn(double[] from, double[] to, int sign)
        {
            for (var row = 0; row < a.Rows; row++)
            {
                for (var pair = 0; pair < pairs.Length; pair++)
                {
                    var (first, second) = ((row * a.Columns) + pairs[pair].First, (row * a.Columns) + pairs[pair].Second);
                    var (cosine, sine) = (length * Math.Cos(angle(row, pair)), sign * length * Math.Sin(angle(row, pair)));
                    to[first] = (from[first] * cosine) - (from[second] * sine);
                    to[second] = (from[second] * cosine) + (from[first] * sine);
                }
            }
        }
    }

    /// <summary>The sum of -log softmax at a target over some rows.</summary>
    public double Loss(Value logits, IReadOnlyList<(int Row, int Target)> learned)
    {
        double sum = 0;
        foreach (var (row, target) in learned)
        {
            var line = logits.Data.AsSpan(row * logits.Columns, logits.Columns).ToArray();
            var most = line.Max();
            var total = line.Sum(value => Math.Exp(value - most));
            sum += Math.Log(total) + most - line[target];
            for (var column = 0; column < line.Length; column++)
            {
                logits.Slope[(row * logits.Columns) + column] += (Math.Exp(line[column] - most) / total) - (column == target ? 1 : 0);
            }
        }

        return sum;
    }

    /// <summary>An operation that has its own derivative.</summary>
    public void Then(Action back) => _back.Add(back);

    private static (double Mean, double Root) Moments(ReadOnlySpan<double> values, double epsilon, bool isCentered)
    {
        double sum = 0,
            squares = 0;
        foreach (var value in values)
        {
            sum += value;
        }

        var mean = isCentered ? sum / values.Length : 0;
        foreach (var value in values)
        {
            squares += (value - mean) * (value - mean);
        }

        return (mean, 1 / Math.Sqrt((squares / values.Length) + epsilon));
    }

    private Value Each(Value a, Func<double, int, (double Value, double Slope)> function)
    {
        var result = new Value(a.Rows, a.Columns);
        for (var index = 0; index < a.Data.Length; index++)
        {
            result.Data[index] = function(a.Data[index], index).Value;
        }

        _back.Add(() =>
        {
            for (var index = 0; index < a.Data.Length; index++)
            {
                a.Slope[index] += result.Slope[index] * function(a.Data[index], index).Slope;
            }
        });
        return result;
    }

    private Value Each(Value a, Value b, Func<double, double, (double Value, double First, double Second)> function)
    {
        var result = new Value(a.Rows, a.Columns);
        for (var index = 0; index < a.Data.Length; index++)
        {
            result.Data[index] = function(a.Data[index], b.Data[index]).Value;
        }

        _back.Add(() =>
        {
            for (var index = 0; index < a.Data.Length; index++)
            {
                var (_, first, second) = function(a.Data[index], b.Data[index]);
                a.Slope[index] += result.Slope[index] * first;
                b.Slope[index] += result.Slope[index] * second;
            }
        });
        return result;
    }
}
