using System.Globalization;
using BenchmarkDotNet.Running;
using Microsoft.ML.Trainers.VariationalDropout.Benchmarks.Studies;
using Microsoft.ML.Trainers.VariationalDropout.Benchmarks.Studies.Onnx;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

switch (args)
{
    // The kernel paths that this machine can run, one per line, for scripts that go through all of them.
    case ["--list-kernels"]:
        foreach (KernelPath path in KernelPaths.Supported)
            Console.WriteLine(path);
        break;

    // Studies whose results are in docs/.
    case ["--study", "moments"]:
        MomentStudy.Run();
        break;
    case ["--study", "speed"]:
        SpeedStudy.Run();
        break;
    case ["--study", "step", .. var filter]:
        StepStudy.Run(filter);
        break;
    case ["--study", "epoch", ..]:
        EpochStudy.Run(args is [_, _, var threads] ? int.Parse(threads, CultureInfo.InvariantCulture) : Environment.ProcessorCount);
        break;
    case ["--study", "memory", ..]:
        MemoryStudy.Run(args is [_, _, var number] ? number : null);
        break;
    case ["--study", "rounding", var folder]:
        RoundingStudy.Run(folder);
        break;
    case ["--study", "onnx"]:
        OnnxStudy.Run();
        break;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
        break;
}
