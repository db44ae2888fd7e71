using BenchmarkDotNet.Running;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

// Without benchmarks: the kernel paths that this machine can run, one per line, for scripts that go through all of them.
if (args is ["--list-kernels"])
{
    foreach (KernelPath path in KernelPaths.Supported)
        Console.WriteLine(path);
    return;
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
