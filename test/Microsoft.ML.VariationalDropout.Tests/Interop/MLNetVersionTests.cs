using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.ML.Trainers.VariationalDropout.Interop;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Interop;

[TestClass]
public sealed class MLNetVersionTests
{
    [TestMethod]
    public void The_version_that_is_built_against_is_supported() => MLNetVersion.ThrowIfUnsupported();

    [TestMethod]
    [DataRow("5.0.1", true)]
    [DataRow("5.0.1+a4f730ec", true)]
    [DataRow("5.0.9", true)]
    [DataRow("5.0.0", false)]
    [DataRow("4.0.2+abc", false)]
    [DataRow("5.1.0-preview.1", false)]
    [DataRow("6.0.0", false)]
    [DataRow("unknown", false)]
    public void Versions_outside_of_the_range_are_named_beside_the_supported_ones(string version, bool supported)
    {
        string? problem = MLNetVersion.Describe(version, []);
        if (supported)
        {
            Assert.IsNull(problem);
            return;
        }

        Assert.AreEqual($"Microsoft.ML.VariationalDropout works with Microsoft.ML 5.0.1 or later, below 5.1.0; the loaded version is {version}.", problem);
    }

    [TestMethod]
    public void A_missing_member_is_named()
        => StringAssert.Contains(
            MLNetVersion.Describe("5.0.1", [(typeof(MLContext).Assembly, "Microsoft.ML.MLContext", "NoSuchMember")]),
            "It lacks Microsoft.ML.MLContext.NoSuchMember.",
            StringComparison.Ordinal);

    [TestMethod]
    public void Every_method_of_the_library_compiles_against_the_loaded_ML_NET()
    {
        const BindingFlags all = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        int prepared = 0;
        foreach (Type type in Closed(typeof(VariationalDropoutCatalog).Assembly))
        {
            RuntimeTypeHandle[] arguments = [.. type.GetGenericArguments().Select(argument => argument.TypeHandle)];
            foreach (MethodBase method in type.GetMethods(all).Cast<MethodBase>().Concat(type.GetConstructors(all)))
            {
                if (method.IsAbstract || method.ContainsGenericParameters || (method.MethodImplementationFlags & MethodImplAttributes.Runtime) != 0)
                    continue;
                RuntimeHelpers.PrepareMethod(method.MethodHandle, arguments);
                prepared++;
            }
        }

        Assert.IsGreaterThan(200, prepared);
    }

    /// <summary>The types that are not generic, the generic ones that they derive from, and what is nested in those.</summary>
    private static IEnumerable<Type> Closed(Assembly library)
    {
        foreach (Type type in library.GetTypes().Where(type => !type.ContainsGenericParameters))
        {
            yield return type;
            if (type.BaseType is not { IsGenericType: true } closed || closed.Assembly != library)
                continue;
            yield return closed;
            foreach (Type nested in closed.GetGenericTypeDefinition().GetNestedTypes(BindingFlags.Public | BindingFlags.NonPublic))
                yield return nested.MakeGenericType(closed.GetGenericArguments());
        }
    }

    [TestMethod]
    public void Loader_signatures_and_versions_are_as_saved_models_need_them()
    {
        Assert.AreEqual(new Version(1, 0, 0, 0), typeof(VariationalDropoutCatalog).Assembly.GetName().Version);
        string[] signatures =
        [
            .. typeof(VariationalDropoutCatalog).Assembly.GetTypes()
                .Select(type => type.GetField("LoaderSignature", BindingFlags.NonPublic | BindingFlags.Static)?.GetRawConstantValue() as string).OfType<string>(),
        ];
        Assert.HasCount(11, signatures);
        Assert.HasCount(11, signatures.Distinct());
        Assert.IsTrue(signatures.All(signature => signature.Length <= 24));
    }
}
