using System.Globalization;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>Carries the training loop's figures to the log, the progress channel and the user, and their wish to stop back to it.</summary>
internal sealed class TrainingMonitor : ITrainingMonitor, IDisposable
{
    private readonly IHost _host;
    private readonly IChannel _channel;
    private readonly IProgressChannel _progressChannel;
    private readonly VariationalDropoutOptions _options;
    private readonly string _validationMetric;
    private IterationReport _last;

    public TrainingMonitor(IHost host, IChannel channel, VariationalDropoutOptions options, Likelihood likelihood)
    {
        _host = host;
        _channel = channel;
        _options = options;
        _validationMetric = likelihood is Likelihood.Categorical or Likelihood.Bernoulli ? "log-loss" : "negative log-density (in the label's units)";
        _progressChannel = host.StartProgressChannel("Variational dropout training");
        _progressChannel.SetHeader(new ProgressHeader(["ELBO", $"Validation {_validationMetric}"], ["iterations"]), entry =>
        {
            entry.SetProgress(0, _last.Iteration, _last.NumberOfIterations);
            entry.SetMetric(0, _last.EvidenceLowerBound);
            if (_last.ValidationLogLoss is double loss)
                entry.SetMetric(1, loss);
        });
    }

    public void ThrowIfCancelled()
    {
        _options.CancellationToken.ThrowIfCancellationRequested();
        _host.CheckAlive();
    }

    public void IterationEnded(IterationReport report)
    {
        _last = report;
        _channel.Info(Describe(report));
        _progressChannel.Checkpoint(report.EvidenceLowerBound, report.ValidationLogLoss, report.Iteration);
        _options.Progress?.Report(new TrainingProgress(report));
    }

    public void Diverged(int iteration, int lastGoodIteration)
        => _channel.Error(FormattableString.Invariant(
            $"The loss stopped being finite in iteration {iteration}. Training ends with the parameters of iteration {lastGoodIteration}. Lower LearningRate, which is {_options.LearningRate}, and look for huge example weights."));

    public void Dispose() => _progressChannel.Dispose();

    private string Describe(IterationReport report)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        string validation = report.ValidationLogLoss is double loss ? string.Create(culture, $", validation {_validationMetric} {loss:F4}") : "";
        string rates = string.Join(' ', report.MeanDropoutRates.Select(rate => rate.ToString("F3", culture)));
        return string.Create(
            culture,
            $"Iteration {report.Iteration}/{report.NumberOfIterations}: expected log-likelihood {report.ExpectedLogLikelihood / report.TotalWeight:G6}, KL {report.KullbackLeibler / report.TotalWeight:G6}, ELBO {report.EvidenceLowerBound / report.TotalWeight:G6} nats per unit of weight{validation}, mean dropout rates {rates}");
    }
}
