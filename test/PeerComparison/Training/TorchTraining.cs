using Microsoft.ML.Trainers.VariationalDropout.Network;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Training;

/// <summary>
/// The same network in TorchSharp, as somebody writes it who wants it fast: gradients from its autograd, in-place operations wherever
/// autograd allows them, noise in buffers that are allocated once, no tensor that outlives the step, Adam in place
/// (<see cref="TorchAdam"/>). Minibatches are tensors made beforehand, so that picking rows costs it nothing.
/// </summary>
internal sealed class TorchTraining : ITraining
{
    // Kingma, Salimans and Welling (2015), equation 14.
    private const double C1 = 1.16145124, C2 = -1.50204118, C3 = 0.58629921, PolynomialConstant = 0.635181423;

    /// <summary>ε below the square root, as in this library.</summary>
    private const double VarianceEpsilon = 1e-8;

    private readonly TrainingProblem _problem;
    private readonly (Tensor Features, Tensor Labels)[] _batches;
    private readonly Tensor[] _weights;
    private readonly Tensor[] _biases;
    private readonly Tensor[] _noise;

    /// <summary>log α of every layer.</summary>
    private readonly Tensor? _logVariances;

    /// <summary>Weight of each layer's KL in the loss.</summary>
    private readonly Tensor? _divergenceScales;

    /// <summary>The logarithm of a regression's noise variance.</summary>
    private readonly Tensor? _logNoiseVariance;
    private readonly TorchAdam _optimizer;
    private readonly Scalar _one = 1f, _half = 0.5f, _epsilon = (float)VarianceEpsilon, _c1 = (float)C1, _c2 = (float)C2, _c3 = (float)C3;
    private readonly bool _usesOurNoise;
    private long _step;

    /// <param name="problem">What is trained.</param>
    /// <param name="usesOurNoise">Take the noise that this library draws: slow, to compare results.</param>
    public TorchTraining(TrainingProblem problem, bool usesOurNoise = false)
    {
        _problem = problem;
        _usesOurNoise = usesOurNoise;
        _batches = [.. Enumerable.Range(0, problem.Batches).Select(CreateBatch)];
        _weights = [.. problem.Start.Select(layer => Parameter(layer.Weights, layer.Inputs, layer.Outputs))];
        _biases = [.. problem.Start.Select(layer => Parameter(layer.Biases, layer.Outputs))];
        var optimizer = new TorchAdam(problem.Settings);
        foreach (Tensor parameter in _weights.Concat(_biases))
            optimizer.Add(parameter);
        if (problem.Noise != WeightNoise.None)
        {
            _logVariances = Parameter([.. problem.Start.Select(layer => layer.LogVariances[0])], problem.Layers);
            optimizer.Add(_logVariances, Math.Log(problem.Settings.MinimumDropoutVariance), Math.Log(problem.Settings.MaximumDropoutVariance));
            _divergenceScales = tensor([.. Enumerable.Range(0, problem.Layers).Select(layer => (float)(problem.NoiseTerms(layer) / problem.Rows))]);
        }

        _noise = problem.Noise == WeightNoise.None ? [] : [.. Enumerable.Range(0, problem.Layers).Select(layer => zeros(problem.BatchSize, NoisyUnits(layer)))];
        if (problem.IsRegression)
        {
            _logNoiseVariance = Parameter([0f], 1);
            optimizer.Add(_logNoiseVariance, GaussianLikelihood.LowestLogVariance, GaussianLikelihood.HighestLogVariance);
        }

        _optimizer = optimizer;
    }

    public void Step()
    {
        using DisposeScope scope = NewDisposeScope();
        Loss().backward();
        _optimizer.Step();
        _step++;
    }

    public double StepAndGetLoss()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor loss = Loss();
        loss.backward();
        _optimizer.Step();
        _step++;
        double value = loss.item<float>();
        if (_problem.IsRegression)
            value += 0.5 * Math.Log(2 * Math.PI);
        return _logVariances is null ? value : value + (PolynomialConstant * _divergenceScales!.sum().item<float>());
    }

    public IReadOnlyList<TrainedLayer> Save()
    {
        float[] logVariances = _logVariances is null ? [] : Copy(_logVariances);
        return [.. _problem.Start.Select((layer, l) => new TrainedLayer
        {
            Inputs = layer.Inputs,
            Outputs = layer.Outputs,
            Weights = Copy(_weights[l]),
            Biases = Copy(_biases[l]),
            LogVariances = _logVariances is null ? [] : [logVariances[l]],
        })];
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        foreach (Tensor? tensor in _weights.Concat(_biases).Concat(_noise).Concat([_logVariances, _divergenceScales, _logNoiseVariance]))
            tensor?.Dispose();
        foreach (var (features, labels) in _batches)
        {
            features.Dispose();
            labels.Dispose();
        }

        foreach (Scalar scalar in new[] { _one, _half, _epsilon, _c1, _c2, _c3 })
            scalar.Dispose();
    }

    /// <summary>The loss, without the constants that have no gradient.</summary>
    private Tensor Loss()
    {
        var (features, labels) = _batches[_step % _batches.Length];
        for (int l = 0; l < _noise.Length; l++)
            DrawNoise(l);

        Tensor activations = features;
        Tensor? variances = _problem.Noise == WeightNoise.Independent ? _logVariances!.exp() : null;
        Tensor[] scales = _problem.Noise switch
        {
            WeightNoise.Independent => variances!.unbind(0),
            WeightNoise.Correlated => _logVariances!.mul(_half).exp_().unbind(0),
            _ => [],
        };
        for (int l = 0; l < _weights.Length; l++)
        {
            Tensor outputs = _problem.Noise switch
            {
                WeightNoise.Independent => Independent(l, activations, scales[l]),
                WeightNoise.Correlated => addmm(_biases[l], _noise[l].mul(scales[l]).add_(_one).mul(activations), _weights[l], 1, 1),
                _ => addmm(_biases[l], activations, _weights[l], 1, 1),
            };
            activations = l == _weights.Length - 1 ? outputs : outputs.relu_();
        }

        Tensor loss = _problem.IsRegression ? SquaredLoss(activations, labels) : nn.functional.cross_entropy(activations, labels);
        return _logVariances is null ? loss : loss.add_(Divergence(variances ?? _logVariances.exp()));
    }

    /// <summary>Γ + sqrt(α A²θ² + ε) ζ.</summary>
    private Tensor Independent(int l, Tensor activations, Tensor variance)
    {
        // x x and not square(x), whose gradient calls pow.
        Tensor deviations = mm(activations.mul(activations), _weights[l].mul(_weights[l])).mul(variance).add_(_epsilon).sqrt_();
        return addmm(_biases[l], activations, _weights[l], 1, 1).addcmul_(deviations, _noise[l], _one);
    }

    private Tensor SquaredLoss(Tensor outputs, Tensor labels)
        => outputs.sub(labels).square().mean().mul(_logNoiseVariance!.neg().exp()).add_(_logNoiseVariance).mul(_half).squeeze(0);

    /// <summary>Σ scale × (constant + KL), α ≤ 1: −½ log α − c1 α − c2 α² − c3 α³.</summary>
    private Tensor Divergence(Tensor variances)
    {
        Tensor polynomial = variances.mul(_c3).add_(_c2).mul(variances).add_(_c1).mul(variances);
        return polynomial.add_(_logVariances!, _half).dot(_divergenceScales!).neg();
    }

    private void DrawNoise(int layer)
    {
        if (!_usesOurNoise)
        {
            _noise[layer].normal_();
            return;
        }

        using Tensor ours = tensor(OurNoise.Draw(_problem, _step, layer, NoisyUnits(layer)), [_problem.BatchSize, NoisyUnits(layer)]);
        _noise[layer].copy_(ours);
    }

    private int NoisyUnits(int layer) => _problem.Shape[_problem.Noise == WeightNoise.Independent ? layer + 1 : layer];

    private (Tensor Features, Tensor Labels) CreateBatch(int batch)
    {
        var features = new float[_problem.BatchSize * _problem.Shape[0]];
        var labels = new float[_problem.BatchSize];
        for (int i = 0; i < _problem.BatchSize; i++)
        {
            int row = _problem.Minibatch(batch)[i];
            _problem.Data.Features(row).CopyTo(features.AsSpan(i * _problem.Shape[0]));
            labels[i] = _problem.Data.Label(row);
        }

        return (tensor(features, [_problem.BatchSize, _problem.Shape[0]]),
            _problem.IsRegression ? tensor(labels, [_problem.BatchSize, 1]) : tensor([.. labels.Select(label => (long)label)], [_problem.BatchSize]));
    }

    private static Tensor Parameter(float[] values, params long[] size) => tensor(values, size).requires_grad_(true);

    private static float[] Copy(Tensor parameter)
    {
        using Tensor values = parameter.detach();
        return values.data<float>().ToArray();
    }
}
