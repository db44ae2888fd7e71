using PaperExperiments;
using PaperExperiments.Mnist;
using PaperExperiments.Sparsify;
using PaperExperiments.Speed;
using PaperExperiments.Uci;
using PaperExperiments.Variance;

// One line for each command: all that it has is in its folder.
return await ExperimentCommandLine.RunAsync(
    args, [new VarianceExperiment(), new SpeedExperiment(), new MnistExperiment(), new SparsifyExperiment(), new UciExperiment()]);
