using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Inference;

[TestClass]
public sealed class TrainingLoopTests
{
    public static IEnumerable<object[]> NoisesByPath
        => from noise in CoreProblem.Noises()
           from path in KernelPaths.Supported
           select new object[] { noise.Posterior, noise.Sharing, path.ToString() };

    [TestMethod]
    [DynamicData(nameof(NoisesByPath))]
    public void Number_of_threads_does_not_change_a_bit(WeightPosterior posterior, DropoutVarianceSharing sharing, string path)
    {
        // Large enough that every phase is shared between threads, the loading, the loss, the validation and blocks of one panel among
        // them; a last minibatch that is short.
        var data = CoreProblem.Create(600, 170, 40);
        var architecture = CoreProblem.Architecture(170, 40, posterior, sharing, hidden: [150, 90]);
        TrainedNetwork Train(int threads) => NetworkTrainer.Train(
            data, null, Settings(architecture) with { NumberOfIterations = 2, BatchSize = 140, NumberOfThreads = threads, ValidationSetFraction = 0.5 }, null, new RecordingMonitor(), Enum.Parse<KernelPath>(path));

        var one = Train(1);
        Assert.IsTrue(CoreProblem.SameBits(one, Train(2)), "2 threads");
        Assert.IsTrue(CoreProblem.SameBits(one, Train(8)), "8 threads");
        Assert.IsTrue(CoreProblem.SameBits(one, Train(1)), "1 thread again");
    }

    [TestMethod]
    public void Kernel_paths_agree_to_rounding_after_training()
    {
        // 30 steps of Adam amplify differences of rounding; 1e-3 of the largest weight is the stated tolerance.
        var data = CoreProblem.Create(160, 12, 4);
        foreach (var (posterior, sharing) in CoreProblem.Noises())
        {
            var settings = Settings(CoreProblem.Architecture(12, 4, posterior, sharing, Activation.Softplus)) with { NumberOfIterations = 6, BatchSize = 32 };
            var reference = NetworkTrainer.Train(data, null, settings, null, new RecordingMonitor(), KernelPath.Scalar);
            foreach (var path in KernelPaths.Supported)
            {
                var network = NetworkTrainer.Train(data, null, settings, null, new RecordingMonitor(), path);
                for (int l = 0; l < reference.Layers.Count; l++)
                {
                    float largest = reference.Layers[l].Weights.Max(MathF.Abs);
                    for (int i = 0; i < reference.Layers[l].Weights.Length; i++)
                        Assert.AreEqual(reference.Layers[l].Weights[i], network.Layers[l].Weights[i], 1e-3f * largest, $"{path}, {posterior}, {sharing}");
                }
            }
        }
    }

    /// <summary>A prior variance that follows the weights without an anchor lets a layer shrink both to nothing: seen on 120 rows of iris.</summary>
    [TestMethod]
    public void Empirical_bayes_does_not_shrink_a_wide_layer_to_a_constant()
    {
        var training = CoreProblem.Create(120, 4, 3, spread: 0.25);
        var settings = Settings(CoreProblem.Architecture(4, 3, WeightPosterior.Gaussian, DropoutVarianceSharing.Weight, hidden: [32])) with { NumberOfIterations = 200, BatchSize = 16, LearningRate = 3e-3 };
        Assert.AreEqual(WeightPrior.Gaussian, settings.Prior);
        Assert.IsGreaterThan(0.9, Accuracy(Train(training, settings), CoreProblem.Create(300, 4, 3, seed: 9, spread: 0.25)));
    }

    [TestMethod]
    public void Seed_decides_everything()
    {
        var data = CoreProblem.Create(120, 5, 3);
        var settings = Settings(CoreProblem.Architecture());
        Assert.IsTrue(CoreProblem.SameBits(Train(data, settings), Train(data, settings)));
        Assert.IsFalse(CoreProblem.SameBits(Train(data, settings), Train(data, settings with { Seed = 2 })));
    }

    [TestMethod]
    public void Every_noise_and_activation_learns_a_separable_problem()
    {
        var training = CoreProblem.Create(600, 5, 3, spread: 0.25);
        var test = CoreProblem.Create(300, 5, 3, seed: 9, spread: 0.25);
        foreach (var (posterior, sharing) in CoreProblem.Noises())
        {
            foreach (var activation in Enum.GetValues<Activation>())
            {
                var settings = Settings(CoreProblem.Architecture(posterior: posterior, sharing: sharing, activation: activation, hidden: [24])) with { NumberOfIterations = 40, LearningRate = 5e-3 };
                var monitor = new RecordingMonitor();
                var network = NetworkTrainer.Train(training, null, settings, null, monitor);
                Assert.IsGreaterThan(0.95, Accuracy(network, test), $"{posterior}, {sharing}, {activation}");
                Assert.IsGreaterThan(monitor.Reports[0].EvidenceLowerBound, monitor.Reports[^1].EvidenceLowerBound);
            }
        }
    }

    [TestMethod]
    public void Noise_on_pure_noise_features_is_learned_to_be_larger()
    {
        // Two informative features, six without information: their rates rise to the bound, those of the informative ones fall.
        var data = CoreProblem.Create(2000, 8, 3, spread: 0.3);
        var settings = Settings(CoreProblem.Architecture(inputs: 8, hidden: [32])) with { NumberOfIterations = 60, LearningRate = 5e-3 };
        float[] logVariances = Train(data, settings).Layers[0].LogVariances;
        Assert.IsLessThan(logVariances[2..].Average() - 0.5f, logVariances[..2].Average());
    }

    [TestMethod]
    public void Bounds_of_the_dropout_variance_hold_and_are_left_again()
    {
        var data = CoreProblem.Create(300, 5, 3);
        var settings = Settings(CoreProblem.Architecture()) with { MinimumDropoutVariance = 0.2, MaximumDropoutVariance = 0.6, InitialHiddenDropoutRate = 0.5, LearningRate = 0.02, NumberOfIterations = 30 };
        var network = Train(data, settings);
        var values = network.Layers.SelectMany(layer => layer.LogVariances).ToArray();
        Assert.IsTrue(values.All(value => value >= Math.Log(0.2) - 1e-6 && value <= Math.Log(0.6) + 1e-6));

        // p = 0.5 is α = 1, above the bound: all hidden rates start on it, and some leave it.
        Assert.IsTrue(network.Layers[1].LogVariances.Any(value => value < Math.Log(0.6) - 0.05));
    }

    [TestMethod]
    public void Early_stopping_restores_the_best_parameters()
    {
        var training = CoreProblem.Create(40, 5, 3, spread: 1.5);
        var validation = CoreProblem.Create(400, 5, 3, seed: 5, spread: 1.5);
        var settings = Settings(CoreProblem.Architecture(hidden: [64])) with { NumberOfIterations = 400, LearningRate = 0.02, EarlyStoppingPatience = 5, MaximumDropoutVariance = 0.01, BatchSize = 8, LearningRateSchedule = LearningRateSchedule.Constant };
        var monitor = new RecordingMonitor();
        var network = NetworkTrainer.Train(training, validation, settings, null, monitor);

        var best = monitor.Reports.MinBy(report => report.ValidationLogLoss!.Value);
        Assert.IsLessThan(400, monitor.Reports.Count);
        Assert.AreEqual(monitor.Reports.Count, best.Iteration + 5);
        Assert.AreEqual(best.Iteration, network.Summary.BestIteration);
        Assert.AreEqual(monitor.Reports.Count, network.Summary.Iterations);
        using var team = new WorkerTeam(1);
        Assert.AreEqual(best.ValidationLogLoss!.Value, new ValidationSet(validation, KernelPaths.Current, team).LogLoss(network), 1e-12);
    }

    /// <summary>It keeps one copy of the weights for all networks that it is asked about.</summary>
    [TestMethod]
    public void A_validation_set_tells_one_network_from_the_next()
    {
        TrainingSet data = CoreProblem.Create(300, 5, 3), validation = CoreProblem.Create(1000, 5, 3, seed: 5);
        TrainedNetwork first = Train(data, Settings(CoreProblem.Architecture())), second = Train(data, Settings(CoreProblem.Architecture()) with { NumberOfIterations = 20 });
        using var team = new WorkerTeam(2);
        double LogLoss(TrainedNetwork network) => new ValidationSet(validation, KernelPaths.Current, team).LogLoss(network);
        var set = new ValidationSet(validation, KernelPaths.Current, team);
        double[] expected = [LogLoss(first), LogLoss(second)];
        Assert.AreNotEqual(expected[0], expected[1]);
        CollectionAssert.AreEqual(new[] { expected[0], expected[1], expected[0] }, new[] { set.LogLoss(first), set.LogLoss(second), set.LogLoss(first) });
        Assert.AreEqual(0, set.LogLoss(first) - DirectLogLoss(first, validation), 1e-6);
    }

    [TestMethod]
    public void Diverged_training_keeps_the_last_good_parameters()
    {
        var data = CoreProblem.Create(64, 5, 3);
        var settings = Settings(CoreProblem.Architecture()) with { NumberOfIterations = 5, BatchSize = 64 };
        var good = new RecordingMonitor();
        var expected = NetworkTrainer.Train(data, null, settings with { NumberOfIterations = 2, LearningRateSchedule = LearningRateSchedule.Constant }, null, good);

        // In the third iteration a feature turns infinite under the training's feet.
        var monitor = new RecordingMonitor { BeforeStep = step => { if (step == 3) Spoil(data); } };
        var network = NetworkTrainer.Train(data, null, settings with { LearningRateSchedule = LearningRateSchedule.Constant }, null, monitor);
        Assert.AreEqual((3, 2), monitor.Divergence);
        Assert.IsTrue(CoreProblem.SameBits(expected, network));
    }

    [TestMethod]
    public void Divergence_in_the_first_iteration_is_an_error()
    {
        var data = CoreProblem.Create(64, 5, 3);
        Spoil(data);
        Assert.ThrowsExactly<DivergenceException>(() => Train(data, Settings(CoreProblem.Architecture()) with { StandardizeFeatures = false }));
    }

    [TestMethod]
    public void Huge_learning_rate_never_returns_numbers_that_are_not_finite()
    {
        var data = CoreProblem.Create(64, 5, 3);
        try
        {
            var network = Train(data, Settings(CoreProblem.Architecture(posterior: WeightPosterior.IndependentWeightNoise)) with { LearningRate = 1e30, NumberOfIterations = 20 });
            Assert.IsTrue(network.Layers.All(layer => layer.Weights.All(float.IsFinite)));
        }
        catch (DivergenceException exception)
        {
            Assert.Contains("not finite", exception.Message);
        }
    }

    [TestMethod]
    public void Cancelling_stops_before_the_step()
    {
        var data = CoreProblem.Create(64, 5, 3);
        foreach (int when in new[] { 0, 3 })
        {
            var monitor = new RecordingMonitor { BeforeStep = step => { if (step == when) throw new OperationCanceledException(); } };
            Assert.ThrowsExactly<OperationCanceledException>(() => NetworkTrainer.Train(data, null, Settings(CoreProblem.Architecture()), null, monitor));
            Assert.AreEqual(when + 1, monitor.Steps);
        }
    }

    [TestMethod]
    public void Constant_columns_have_no_effect()
    {
        var data = CoreProblem.Create(200, 5, 3);
        TrainingSet With(float constant)
        {
            var result = new TrainingSet(6);
            for (int row = 0; row < data.RowCount; row++)
            {
                var features = result.Add(data.Label(row), data.Weight(row));
                data.Features(row).CopyTo(features);
                features[5] = constant;
            }

            return result;
        }

        var settings = Settings(CoreProblem.Architecture(inputs: 6));
        Assert.AreEqual(0, Train(With(1e30f), settings).Scaling!.Scales[5]);
        Assert.AreEqual(0, Train(With(0.1f), settings).Scaling!.Scales[5]);
        Assert.IsTrue(CoreProblem.SameBits(Train(With(0), settings), Train(With(123.456f), settings)));
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Values_up_to_1e30_give_finite_loss_and_scores(bool standardize)
    {
        foreach (var (posterior, sharing) in CoreProblem.Noises())
        {
            var data = CoreProblem.Create(64, 5, 3);
            Huge(data);
            var monitor = new RecordingMonitor();
            var network = NetworkTrainer.Train(data, null, Settings(CoreProblem.Architecture(posterior: posterior, sharing: sharing)) with { StandardizeFeatures = standardize }, null, monitor);
            Assert.IsTrue(monitor.Reports.All(report => double.IsFinite(report.ExpectedLogLikelihood)), $"{posterior}, {sharing}");
            float[] extreme = [1e30f, -1e30f, 1e30f, 0, 1];
            var sampled = CoreProblem.Predict(network, extreme, samples: 20);
            Assert.IsTrue(sampled.Scores.Concat(sampled.StandardDeviations).Concat(sampled.PredictiveEntropies).Concat(sampled.MutualInformations).All(float.IsFinite), $"{posterior}, {sharing}");
            Assert.AreEqual(1, CoreProblem.Predict(network, extreme).Scores.Sum(), 1e-5f);
        }
    }

    [TestMethod]
    public void Training_goes_on_from_a_previous_network()
    {
        var data = CoreProblem.Create(200, 5, 3, spread: 0.3);
        var settings = Settings(CoreProblem.Architecture()) with { NumberOfIterations = 15 };
        var first = new RecordingMonitor();
        var previous = NetworkTrainer.Train(data, null, settings, null, first);
        var second = new RecordingMonitor();
        var next = NetworkTrainer.Train(data, null, settings with { NumberOfIterations = 1 }, previous, second);
        Assert.IsGreaterThan(first.Reports[0].ExpectedLogLikelihood, second.Reports[0].ExpectedLogLikelihood);
        Assert.AreSame(previous.Scaling, next.Scaling);
    }

    /// <summary>The same seed again must not mean the same noise and the same order again, or every continuation trains against one frozen draw.</summary>
    [TestMethod]
    public void A_training_that_goes_on_draws_other_noise_and_another_order()
    {
        var data = CoreProblem.Create(100, 5, 3);
        var settings = Settings(CoreProblem.Architecture()) with { NumberOfIterations = 1, LearningRate = 1e-10 };
        var seen = new HashSet<double>();
        TrainedNetwork? network = null;
        for (int turn = 0; turn < 4; turn++)
        {
            network = NetworkTrainer.Train(data, null, settings, network, new RecordingMonitor());
            Assert.AreEqual(turn + 1, network.Summary.TotalIterations);
            Assert.IsTrue(seen.Add(Math.Round(network.Summary.ExpectedLogLikelihood, 2)));
        }
    }

    [TestMethod]
    public void Features_that_were_shifted_cannot_become_sparse()
    {
        var data = CoreProblem.Create(100, 5, 3);
        var dense = Train(data, Settings(CoreProblem.Architecture()));
        var sparse = new TrainingSet(5, 1, isSparse: true);
        for (int row = 0; row < data.RowCount; row++)
            sparse.AddSparse(data.Labels(row), data.Weight(row), [0, 1, 2, 3, 4], data.Features(row));
        Assert.ThrowsExactly<InvalidOperationException>(() => NetworkTrainer.Train(sparse, null, Settings(CoreProblem.Architecture() with { HasSparseInputs = true }), dense, new RecordingMonitor()));
    }

    /// <summary>Tiny gradients may move a value by the learning rate a step, and no more, at the smallest ε that the options allow.</summary>
    [TestMethod]
    public unsafe void Adam_keeps_its_bound_for_tiny_gradients()
    {
        var values = new AlignedBuffer<float>(16);
        var gradient = new AlignedBuffer<float>(16);
        gradient.Span.Fill(2e-14f);
        var parameter = new Parameter<float>(values);
        var optimizer = new AdamOptimizer<SingleLane, float>(0.9, 0.999, 1e-12);
        for (int i = 0; i < 100; i++)
        {
            optimizer.BeginStep(1e-3);
            optimizer.Accept(parameter, 0, gradient.Pointer, 16);
        }

        Assert.IsLessThan(0.1, Math.Abs(values.Span[0]));
    }

    /// <summary>θ ← (1 − ηλ)θ + what Adam adds; λ = 0, and parameters that do not decay, keep the bits of plain Adam.</summary>
    [TestMethod]
    public unsafe void Weight_decay_is_a_share_of_the_value_apart_from_the_gradient()
    {
        const double Rate = 0.01, Decay = 3;
        float[] start = [.. Enumerable.Range(0, 16).Select(i => (0.3f * i) - 2)];
        float[] Run(double decay, bool decays, float gradientScale)
        {
            var gradient = new AlignedBuffer<float>(16);
            var parameter = new Parameter<float>(new AlignedBuffer<float>(16)) { Decays = decays };
            start.CopyTo(parameter.Values.Span);
            var optimizer = new AdamOptimizer<SingleLane, float>(0.9, 0.999, 1e-8, decay);
            for (int step = 0; step < 5; step++)
            {
                for (int i = 0; i < 16; i++)
                    gradient.Span[i] = gradientScale * (i - 7 + step);
                optimizer.BeginStep(Rate);
                optimizer.Accept(parameter, 0, gradient.Pointer, 16);
            }

            return parameter.Values.Span.ToArray();
        }

        CollectionAssert.AreEqual(Run(0, true, 1), Run(Decay, false, 1));
        float[] alone = Run(Decay, true, 0), plain = Run(0, true, 1), both = Run(Decay, true, 1);
        for (int i = 0; i < 16; i++)
        {
            Assert.AreEqual(start[i] * Math.Pow(1 - (Rate * Decay), 5), alone[i], 1e-6);

            // Each of the five increments has shrunk by the decays after it: between none and four of them.
            double increment = plain[i] - start[i], left = both[i] - alone[i];
            if (Math.Abs(increment) > 0.03)
                Assert.IsTrue(left / increment is > 0.88 and < 1, $"{left / increment}");
        }
    }

    [TestMethod]
    public void Weight_decay_shrinks_weights_and_leaves_biases_and_rates_alone()
    {
        var data = CoreProblem.Create(64, 5, 3);
        var settings = Settings(CoreProblem.Architecture()) with { NumberOfIterations = 1, BatchSize = 64, LearningRate = 1e-4 };
        TrainedNetwork plain = Train(data, settings), decayed = Train(data, settings with { WeightDecay = 5000 });
        foreach (var (layer, shrunk) in plain.Layers.Zip(decayed.Layers))
        {
            Assert.AreEqual(0.5, shrunk.Weights.Sum(Math.Abs) / layer.Weights.Sum(Math.Abs), 0.01);
            CollectionAssert.AreEqual(layer.Biases, shrunk.Biases);
            CollectionAssert.AreEqual(layer.LogVariances, shrunk.LogVariances);
        }
    }

    /// <summary>What a training allocates is the parameters of each iteration: nothing for each step, whatever the number of outputs.</summary>
    [TestMethod]
    [DataRow(3)]
    [DataRow(300)]
    public void A_step_allocates_nothing(int classes)
    {
        foreach (var (posterior, prior, sharing, estimator) in CoreProblem.AllCombinations().Where(combination => combination.Prior == Combinations.DefaultPrior(combination.Posterior)))
        {
            var architecture = CoreProblem.Architecture(classes: classes, posterior: posterior, sharing: sharing);
            var data = CoreProblem.Create(64, 5, classes);
            using var team = new WorkerTeam(1);
            var pass = CoreProblem.Pass<PortableLanes, float>(architecture, 64, team, CoreProblem.Settings(architecture, prior, estimator));
            var optimizer = new AdamOptimizer<PortableLanes, float>(0.9, 0.999, 1e-8);
            int[] rows = CoreProblem.AllRows(data);
            void Step(uint step)
            {
                optimizer.BeginStep(1e-3);
                pass.Run(data, rows, null, new Objective(64, 1), 1, step, optimizer);
            }

            // The runtime allocates a little, now and then, while it compiles; what a step allocates would be there every time.
            long allocated = long.MaxValue;
            for (uint turn = 0; turn < 5 && allocated != 0; turn++)
            {
                Step(turn);
                long before = GC.GetAllocatedBytesForCurrentThread();
                for (uint step = 0; step < 9; step++)
                    Step(100 + (10 * turn) + step);
                allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            }

            Assert.AreEqual(0, allocated, $"{posterior}, {sharing}, {estimator}");
        }
    }

    /// <summary>The deepest network that the options allow: the layer's number has seven bits of the weights' counter.</summary>
    [TestMethod]
    [DataRow(GradientEstimator.SharedWeightSample)]
    [DataRow(GradientEstimator.SeparateWeightSamples)]
    public void Sixty_four_hidden_layers_train(GradientEstimator estimator)
    {
        int[] hidden = new int[64];
        Array.Fill(hidden, 4);
        var settings = Settings(CoreProblem.Architecture(posterior: WeightPosterior.Gaussian, sharing: DropoutVarianceSharing.Weight, hidden: hidden)) with { Estimator = estimator };
        Assert.IsTrue(double.IsFinite(Train(CoreProblem.Create(40, 5, 3), settings).Summary.EvidenceLowerBound));
    }

    [TestMethod]
    public void Averaged_parameters_are_the_exponential_average()
    {
        // One step: the bias-corrected average of one value is the value.
        var data = CoreProblem.Create(16, 5, 3);
        var settings = Settings(CoreProblem.Architecture()) with { NumberOfIterations = 1, BatchSize = 16 };
        var plain = Train(data, settings);
        var averaged = Train(data, settings with { ParameterAveraging = true });
        for (int l = 0; l < plain.Layers.Count; l++)
        {
            for (int i = 0; i < plain.Layers[l].Weights.Length; i++)
                Assert.AreEqual(plain.Layers[l].Weights[i], averaged.Layers[l].Weights[i], 1e-4f);
        }

        // What is reported belongs to what is kept.
        var monitor = new RecordingMonitor();
        var network = NetworkTrainer.Train(data, null, settings with { ParameterAveraging = true, NumberOfIterations = 20, LearningRate = 0.05 }, null, monitor);
        for (int l = 0; l < network.Layers.Count; l++)
            Assert.AreEqual(network.Layers[l].MeanDropoutRate(network.Architecture.Posterior), monitor.Reports[^1].MeanDropoutRates[l]);
        double divergence = network.Layers.Sum(layer => layer.LogVariances.Sum(value => LogUniformPrior.Value(KullbackLeiblerForm.Exact, value)));
        Assert.AreEqual(divergence, network.Summary.KullbackLeibler, 1e-9);

        // Many steps: it moves less than the values do.
        var longer = settings with { NumberOfIterations = 50 };
        var values = Train(data, longer);
        var average = Train(data, longer with { ParameterAveraging = true });
        Assert.IsLessThan(Distance(values, plain), Distance(average, plain));
    }

    private static double Distance(TrainedNetwork first, TrainedNetwork second)
        => Math.Sqrt(first.Layers.Zip(second.Layers).Sum(pair => pair.First.Weights.Zip(pair.Second.Weights).Sum(w => Math.Pow(w.First - w.Second, 2))));

    private static TrainingSettings Settings(NetworkArchitecture architecture)
        => CoreProblem.TrainingSettings(architecture);

    private static TrainedNetwork Train(TrainingSet data, TrainingSettings settings)
        => NetworkTrainer.Train(data, null, settings, null, new RecordingMonitor());

    private static double DirectLogLoss(TrainedNetwork network, TrainingSet data)
    {
        int[] rows = CoreProblem.AllRows(data);
        return -rows.Sum(row => data.Weight(row) * Math.Log(CoreProblem.Predict(network, data.Features(row)).Scores[(int)data.Label(row)])) / rows.Sum(row => (double)data.Weight(row));
    }

    private static double Accuracy(TrainedNetwork network, TrainingSet data)
    {
        int right = 0;
        for (int row = 0; row < data.RowCount; row++)
        {
            float[] probabilities = CoreProblem.Predict(network, data.Features(row)).Scores;
            right += Array.IndexOf(probabilities, probabilities.Max()) == (int)data.Label(row) ? 1 : 0;
        }

        return (double)right / data.RowCount;
    }

    /// <summary>The set has no setter for rows that are in it: reach through its span, as no caller of the library could.</summary>
    private static void Spoil(TrainingSet data) => Writable(data, 0)[0] = float.NaN;

    private static void Huge(TrainingSet data)
    {
        for (int row = 0; row < data.RowCount; row++)
        {
            var features = Writable(data, row);
            for (int i = 0; i < 3; i++)
                features[i] *= 1e30f;
        }
    }

    private static Span<float> Writable(TrainingSet data, int row)
    {
        var features = data.Features(row);
        return System.Runtime.InteropServices.MemoryMarshal.CreateSpan(ref System.Runtime.InteropServices.MemoryMarshal.GetReference(features), features.Length);
    }
}
