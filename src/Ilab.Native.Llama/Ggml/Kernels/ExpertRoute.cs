namespace Ilab.Native.Llama.Ggml.Kernels;

/// <summary>Which experts some tokens go to, with which weights, and the gradient of the weights.</summary>
internal sealed unsafe class ExpertRoute
{
    private readonly ExpertFacts* _facts;
    private readonly int _width,
        _experts,
        _used;
    private readonly float[] _probabilities,
        _weights,
        _slopes;
    private readonly int[] _chosen;
    private readonly List<(int Token, int Place)>[] _tokens;

    public ExpertRoute(ExpertFacts* facts, float[] inputs, int tokens)
    {
        _facts = facts;
        (_width, _experts, _used) = ((int)facts->Router->ne[0], (int)facts->Router->ne[1], facts->Used);
        _probabilities = new float[tokens * _experts];
        (_weights, _slopes, _chosen) = (new float[tokens * _used], new float[tokens * _used], new int[tokens * _used]);
        _tokens = new List<(int, int)>[_experts];
        for (var expert = 0; expert < _experts; expert++)
        {
            _tokens[expert] = [];
        }

        Score(inputs, tokens);
        for (var token = 0; token < tokens; token++)
        {
            Choose(token);
        }
    }

    /// <summary>Tokens of an expert, with their places among the chosen.</summary>
    public List<(int Token, int Place)> Of(int expert) => _tokens[expert];

    public float WeightOf((int Token, int Place) chosen) => _weights[(chosen.Token * _used) + chosen.Place];

    /// <summary>The derivative of the loss with respect to a weight.</summary>
    public ref float Slope((int Token, int Place) chosen) => ref _slopes[(chosen.Token * _used) + chosen.Place];

    /// <summary>Adds to the gradient of the tokens what goes through the weights.</summary>
    public void GoBack(Span<float> target)
    {
        var row = new float[_width];
        var slopes = SlopesOfScores();
        fixed (
            float* router = row,
                result = target
        )
        {
            for (var expert = 0; expert < _experts; expert++)
            {
                _facts->Row(_facts->Router, 0, expert, router);
                for (var token = 0; token < slopes.Length / _experts; token++)
                {
                    ExpertKernels.Add(result + ((long)token * _width), router, slopes[(token * _experts) + expert], _width);
                }
            }
        }
    }

    private void Score(float[] inputs, int tokens)
    {
        var (row, added) = (new float[_width], new float[_experts]);
        _facts->Added(_facts->RouterBias, 0, added);
        fixed (
            float* router = row,
                x = inputs
        )
        {
            for (var expert = 0; expert < _experts; expert++)
            {
                _facts->Row(_facts->Router, 0, expert, router);
                for (var token = 0; token < tokens; token++)
                {
                    _probabilities[(token * _experts) + expert] = (float)RowMath.Dot(router, x + ((long)token * _width), _width) + added[expert];
                }
            }
        }

        for (var token = 0; token < tokens; token++)
        {
            var scores = _probabilities.AsSpan(token * _experts, _experts);
            if (_facts->IsSigmoid)
            {
                foreach (ref var score in scores)
                {
                    score = 1 / (1 + MathF.Exp(-score));
                }

                continue;
            }

            var (most, sum) = (float.NegativeInfinity, 0f);
            foreach (var score in scores)
            {
                most = MathF.Max(most, score);
            }

            foreach (ref var score in scores)
            {
                sum += score = MathF.Exp(score - most);
            }

            foreach (ref var score in scores)
            {
                score /= sum;
            }
        }
    }

    private void Choose(int token)
    {
        var own = _probabilities.AsSpan(token * _experts, _experts);
        var sum = 0f;
        Span<bool> isOpen = stackalloc bool[_experts];
        Open(own, isOpen);
        for (var place = 0; place < _used; place++)
        {
            var best = -1;
            for (var expert = 0; expert < _experts; expert++)
            {
                var isFree = isOpen[expert] && !_chosen.AsSpan(token * _used, place).Contains(expert);
                best = isFree && (best < 0 || Liked(own, expert) > Liked(own, best)) ? expert : best;
            }

            _chosen[(token * _used) + place] = best;
            _tokens[best].Add((token, place));
            _weights[(token * _used) + place] = own[best];
            sum += own[best];
        }

        foreach (ref var weight in _weights.AsSpan(token * _used, _used))
        {
            weight *= _facts->Scale / (_facts->Normalizes ? sum : 1);
        }
    }

    private float Liked(Span<float> probabilities, int expert) => probabilities[expert] + (_facts->Bias == null ? 0 : ((float*)_facts->Bias->data)[expert]);

    // Groups are as good as the sum of their best experts.
    private void Open(Span<float> own, Span<bool> isOpen)
    {
        var groups = _facts->Groups;
        isOpen.Fill(groups.Count == 0);
        if (groups.Count == 0)
        {
            return;
        }

        var each = _experts / groups.Count;
        var liked = new float[each];
        var scores = new (float Score, int Group)[groups.Count];
        for (var group = 0; group < groups.Count; group++)
        {
            for (var expert = 0; expert < each; expert++)
            {
                liked[expert] = Liked(own, (group * each) + expert);
            }

            Array.Sort(liked, static (left, right) => right.CompareTo(left));
            scores[group] = (liked[..groups.Best].Sum(), group);
        }

        foreach (var (_, group) in scores.OrderByDescending(static entry => entry.Score).Take(groups.Used))
        {
            isOpen.Slice(group * each, each).Fill(true);
        }
    }

    private float[] SlopesOfScores()
    {
        var slopes = new float[_probabilities.Length];
        for (var token = 0; token < _probabilities.Length / _experts; token++)
        {
            var own = _probabilities.AsSpan(token * _experts, _experts);
            var result = slopes.AsSpan(token * _experts, _experts);
            float sum = 0,
                along = 0;
            for (var place = token * _used; place < (token + 1) * _used; place++)
            {
                sum += own[_chosen[place]];
                along += _slopes[place] * _weights[place];
            }

            var (all, mean) = (_facts->Normalizes ? sum : 1, 0f);
            for (var place = token * _used; place < (token + 1) * _used; place++)
            {
                var slope = ((_slopes[place] * _facts->Scale) - (_facts->Normalizes ? along : 0)) / all;
                result[_chosen[place]] = slope;
                mean += slope * own[_chosen[place]];
            }

            for (var expert = 0; expert < _experts; expert++)
            {
                result[expert] = own[expert] * (_facts->IsSigmoid ? result[expert] * (1 - own[expert]) : result[expert] - mean);
            }
        }

        return slopes;
    }
}
