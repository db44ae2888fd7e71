using System.Reflection;
using System.Runtime.CompilerServices;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests;

[TestClass]
public sealed class FriendAccessTests
{
    [TestMethod]
    public void Every_method_of_the_library_compiles_against_the_loaded_ML_NET()
    {
        const BindingFlags all = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        int prepared = 0;
        foreach (Type type in typeof(OnnxExportCatalog).Assembly.GetTypes().Where(type => !type.ContainsGenericParameters))
        {
            foreach (MethodBase method in type.GetMethods(all).Cast<MethodBase>().Concat(type.GetConstructors(all)))
            {
                if (method.IsAbstract || method.ContainsGenericParameters || (method.MethodImplementationFlags & MethodImplAttributes.Runtime) != 0)
                    continue;
                RuntimeHelpers.PrepareMethod(method.MethodHandle);
                prepared++;
            }
        }

        Assert.IsGreaterThan(100, prepared);
    }
}
