using PaperExperiments;
using PaperExperiments.Mnist;
using PaperExperiments.Sparsify;
using PaperExperiments.Uci;

// One line for each command: all that it has is in its folder.
return await ExperimentCommandLine.RunAsync(args, [new MnistExperiment(), new SparsifyExperiment(), new UciExperiment()]);
