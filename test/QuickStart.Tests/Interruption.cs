using System.Diagnostics;
using System.Globalization;

namespace QuickStart.Tests;

/// <summary>Ctrl+C for a program in a process of its own.</summary>
internal static class Interruption
{
    /// <summary>Against a test that hangs; what a program does within it is not measured.</summary>
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(3);

    public static void SkipWhereThereIsNone()
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
            Assert.Inconclusive("Skipped: this system has no kill -INT.");
    }

    /// <summary>Interrupts the program and waits for its end. One that was started where SIGINT is ignored, as by a shell's background job, never sees the signal.</summary>
    public static void End(Process process)
    {
        using (Process kill = Process.Start("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)]))
            kill.WaitForExit();

        Assert.IsTrue(process.WaitForExit(Guard), "The program went on after the signal.");
    }
}
