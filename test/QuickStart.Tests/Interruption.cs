using System.Diagnostics;
using System.Globalization;

namespace QuickStart.Tests;

/// <summary>Ctrl+C for a program in a process of its own.</summary>
internal static class Interruption
{
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

        Assert.IsTrue(process.WaitForExit(TimeSpan.FromSeconds(30)), "The program went on after the signal.");
    }
}
