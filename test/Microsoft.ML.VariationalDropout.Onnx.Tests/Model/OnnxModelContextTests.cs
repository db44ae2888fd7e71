using System.Reflection;
using Microsoft.ML.Data;
using Microsoft.ML.Model.OnnxConverter;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests;

[TestClass]
public sealed class OnnxModelContextTests
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    /// <summary>What this library was written against: a later ML.NET that differs must be looked at before its version is let in.</summary>
    private static readonly string[] ContextMembers =
    [
        "Boolean ContainsColumn(String colName)",
        "Boolean IsVariableDefined(String variableName)",
        "List`1<Int64> RetrieveShapeOrNull(String variableName)",
        "OnnxNode CreateNode(String opType, IEnumerable`1<String> inputs, IEnumerable`1<String> outputs, String name, String domain = null)",
        "OnnxVersion GetOnnxVersion()",
        "String AddInitializer(Boolean value, String name = null, Boolean makeUniqueName = True)",
        "String AddInitializer(Double value, String name = null, Boolean makeUniqueName = True)",
        "String AddInitializer(IEnumerable`1<Boolean> values, IEnumerable`1<Int64> dims, String name = null, Boolean makeUniqueName = True)",
        "String AddInitializer(IEnumerable`1<Double> values, IEnumerable`1<Int64> dims, String name = null, Boolean makeUniqueName = True)",
        "String AddInitializer(IEnumerable`1<Int32> values, Type type, IEnumerable`1<Int64> dims, String name = null, Boolean makeUniqueName = True)",
        "String AddInitializer(IEnumerable`1<Int64> values, IEnumerable`1<Int64> dims, String name = null, Boolean makeUniqueName = True)",
        "String AddInitializer(IEnumerable`1<Single> values, IEnumerable`1<Int64> dims, String name = null, Boolean makeUniqueName = True)",
        "String AddInitializer(IEnumerable`1<String> values, IEnumerable`1<Int64> dims, String name = null, Boolean makeUniqueName = True)",
        "String AddInitializer(IEnumerable`1<UInt64> values, Boolean isUint64, IEnumerable`1<Int64> dims, String name = null, Boolean makeUniqueName = True)",
        "String AddInitializer(Int32 value, Type type, String name = null, Boolean makeUniqueName = True)",
        "String AddInitializer(Int64 value, String name = null, Boolean makeUniqueName = True)",
        "String AddInitializer(Single value, String name = null, Boolean makeUniqueName = True)",
        "String AddInitializer(String value, String name = null, Boolean makeUniqueName = True)",
        "String AddInitializer(UInt64 value, Boolean isUint64, String name = null, Boolean makeUniqueName = True)",
        "String AddIntermediateVariable(DataViewType type, String colName, Boolean skip = False)",
        "String GetNodeName(String prefix)",
        "String GetVariableName(String colName)",
        "Void CheckOpSetVersion(Int32 thisTransformerMinumumOpSetVersion, String registerTransformerName)",
        "Void RemoveColumn(String colName, Boolean removeVariable = False)",
        "Void RemoveInputVariable(String variableName)",
        "Void RemoveVariable(String variableName, Boolean removeColumn)",
    ];

    private static readonly string[] NodeMembers =
    [
        "Void AddAttribute(String argName, Boolean value)",
        "Void AddAttribute(String argName, Double value)",
        "Void AddAttribute(String argName, IEnumerable`1<Boolean> value)",
        "Void AddAttribute(String argName, IEnumerable`1<Double> value)",
        "Void AddAttribute(String argName, IEnumerable`1<Int64> value)",
        "Void AddAttribute(String argName, IEnumerable`1<ReadOnlyMemory`1<Char>> value)",
        "Void AddAttribute(String argName, IEnumerable`1<Single> value)",
        "Void AddAttribute(String argName, IEnumerable`1<String> value)",
        "Void AddAttribute(String argName, Int64 value)",
        "Void AddAttribute(String argName, ReadOnlyMemory`1<Char> value)",
        "Void AddAttribute(String argName, String value)",
        "Void AddAttribute(String argName, String[] value)",
        "Void AddAttribute(String argName, Type t)",
    ];

    /// <summary>Members of the interfaces between transforms and contexts.</summary>
    private static readonly string[] InterfaceMembers =
    [
        "IBindableCanSaveOnnx: Boolean SaveAsOnnx(OnnxContext ctx, RoleMappedSchema schema, String[] outputNames)",
        "ICanSaveOnnx: Boolean CanSaveOnnx(OnnxContext ctx)",
        "ISaveAsOnnx: Void SaveAsOnnx(OnnxContext ctx)",
        "ISingleCanSaveOnnx: Boolean SaveAsOnnx(OnnxContext ctx, String[] outputNames, String featureColumn)",
    ];

    [TestMethod]
    public void The_abstract_members_are_those_that_this_library_knows()
    {
        AssertSame(ContextMembers, AbstractMembers(typeof(OnnxContext)));
        AssertSame(NodeMembers, AbstractMembers(typeof(OnnxNode)));
        AssertSame(InterfaceMembers, [
            .. new[] { typeof(IBindableCanSaveOnnx), typeof(ICanSaveOnnx), typeof(ISaveAsOnnx), typeof(ISingleCanSaveOnnx) }
                .SelectMany(type => AbstractMembers(type).Select(member => $"{type.Name}: {member}"))]);
        AssertSame(["Experimental = 1", "Stable = 0"], [.. Enum.GetValues<OnnxVersion>().Select(value => $"{value} = {(int)value}").Order(StringComparer.Ordinal)]);
    }

    [TestMethod]
    public void Each_of_them_is_overridden_with_the_same_defaults()
    {
        AssertSame(ContextMembers, Overrides(typeof(OnnxModelContext)));
        AssertSame(NodeMembers, Overrides(typeof(OnnxModelNode)));
    }

    [TestMethod]
    public void Columns_get_the_names_of_ML_NETs_converter()
    {
        var context = new OnnxModelContext(OnnxModelContext.PipelineOpset);
        Assert.AreEqual("a", context.AddInput(NumberDataViewType.Single, "a"));
        Assert.AreEqual("a0", context.AddIntermediateVariable(NumberDataViewType.Single, "a"));
        Assert.AreEqual("a1", context.AddIntermediateVariable(NumberDataViewType.Single, "a"));
        Assert.AreEqual("a1", context.GetVariableName("a"));
        Assert.IsTrue(context.IsVariableDefined("a0"));
        Assert.IsFalse(context.ContainsColumn("a0"));
        context.RemoveColumn("a");
        Assert.IsFalse(context.ContainsColumn("a"));
        Assert.ThrowsExactly<InvalidOperationException>(() => context.GetVariableName("a"));
        Assert.AreEqual("Cast", context.GetNodeName("Cast"));
        Assert.AreEqual("Cast0", context.GetNodeName("Cast"));
    }

    [TestMethod]
    public void A_constant_is_not_taken_for_a_column_of_its_name()
    {
        var context = new OnnxModelContext(OnnxModelContext.PipelineOpset);
        context.AddInput(NumberDataViewType.Single, "float");
        Assert.AreEqual("float0", context.AddInitializer(1f));
        Assert.AreEqual("float", context.GetVariableName("float"));
    }

    [TestMethod]
    public void Shapes_have_the_batch_first()
    {
        var context = new OnnxModelContext(OnnxModelContext.PipelineOpset);
        CollectionAssert.AreEqual(new long[] { -1, 1 }, context.RetrieveShapeOrNull(context.AddInput(TextDataViewType.Instance, "text")));
        CollectionAssert.AreEqual(new long[] { -1, 2, 3 }, context.RetrieveShapeOrNull(context.AddIntermediateVariable(new VectorDataViewType(NumberDataViewType.Single, 2, 3), "v")));
        CollectionAssert.AreEqual(new long[] { -1, -1 }, context.RetrieveShapeOrNull(context.AddIntermediateVariable(new VectorDataViewType(NumberDataViewType.Single), "u")));
        Assert.IsNull(context.RetrieveShapeOrNull(context.AddIntermediateVariable(null!, "skipped", skip: true)));
    }

    [TestMethod]
    public void Every_kind_of_attribute_has_its_type()
    {
        var node = new NodeProto();
        var attributes = new OnnxModelNode(node);
        attributes.AddAttribute("double", 0.5);
        attributes.AddAttribute("long", 3L);
        attributes.AddAttribute("chars", "text".AsMemory());
        attributes.AddAttribute("string", "text");
        attributes.AddAttribute("bool", true);
        attributes.AddAttribute("type", typeof(ReadOnlyMemory<char>));
        attributes.AddAttribute("doubles", (IEnumerable<double>)[0.5, 1]);
        attributes.AddAttribute("floats", (IEnumerable<float>)[0.5f, 1]);
        attributes.AddAttribute("longs", (IEnumerable<long>)[1, 2]);
        attributes.AddAttribute("manychars", (IEnumerable<ReadOnlyMemory<char>>)["a".AsMemory()]);
        attributes.AddAttribute("strings", new[] { "a" });
        attributes.AddAttribute("manystrings", (IEnumerable<string>)["a"]);
        attributes.AddAttribute("bools", (IEnumerable<bool>)[true, false]);
        string[] expected =
        [
            "double Float", "long Int", "chars String", "string String", "bool Int", "type Int", "doubles Floats", "floats Floats", "longs Ints",
            "manychars Strings", "strings Strings", "manystrings Strings", "bools Ints",
        ];
        CollectionAssert.AreEqual(expected, node.Attributes.Select(attribute => $"{attribute.Name} {attribute.Type}").ToArray());
        Assert.AreEqual((long)ElementType.String, node.FindAttribute("type")!.Value);
    }

    [TestMethod]
    public void Every_kind_of_constant_has_its_type()
    {
        var context = new OnnxModelContext(OnnxModelContext.PipelineOpset);
        context.AddInitializer(true);
        context.AddInitializer(1f);
        context.AddInitializer(1, typeof(short));
        context.AddInitializer("a");
        context.AddInitializer(1L);
        context.AddInitializer(1d);
        context.AddInitializer(1ul, true);
        context.AddInitializer(1ul, false);
        context.AddInitializer([true, false], null);
        context.AddInitializer([1f, 2], [1, 2]);
        context.AddInitializer([1, 0], typeof(bool), [2]);
        context.AddInitializer(["a", "b"], [2, 1]);
        context.AddInitializer([1L, 2], null);
        context.AddInitializer([1d, 2], null);
        context.AddInitializer([1ul, 2], true, null);
        context.AddInitializer([1ul, 2], false, null);
        string[] expected =
        [
            "bool Bool []", "float Float []", "int32 Int16 []", "string String []", "int64 Int64 []", "double Double []", "uint64 UInt64 []", "uint32 UInt32 []",
            "bools Bool [2]", "floats Float [1,2]", "int32s Bool [2]", "strings String [2,1]", "int64s Int64 [2]", "doubles Double [2]", "uint64s UInt64 [2]",
            "uint32s UInt32 [2]",
        ];
        CollectionAssert.AreEqual(
            expected,
            context.Graph.Initializers.Select(tensor => $"{tensor.Name} {tensor.ElementType} [{string.Join(',', tensor.Dimensions)}]").ToArray());
    }

    [TestMethod]
    public void The_domains_of_the_nodes_are_imported()
    {
        var context = new OnnxModelContext(OnnxModelContext.PipelineOpset);
        context.CreateNode("MurmurHash3", ["a"], ["b"], "n", "com.microsoft");
        context.CreateNode("Normalizer", ["a"], ["c"], "n");
        ModelProto model = context.CreateModel();
        Assert.AreEqual(7, model.IrVersion);
        CollectionAssert.AreEqual(new[] { "=12", "ai.onnx.ml=2", "com.microsoft=1" }, model.OpsetImports.Select(import => $"{import.Key}={import.Value}").ToArray());
        CollectionAssert.AreEqual(new[] { "n", "n0" }, model.Graph.Nodes.Select(node => node.Name).ToArray());
        Assert.AreEqual(8, new OnnxModelContext(OnnxModelContext.NetworkOpset).CreateModel().IrVersion);
        Assert.ThrowsExactly<NotSupportedException>(() => context.CheckOpSetVersion(13, "A transform"));
    }

    private static string[] AbstractMembers(Type type)
        => [.. type.GetMethods(Declared).Where(method => method.IsAbstract).Select(Describe).Order(StringComparer.Ordinal)];

    private static string[] Overrides(Type type)
        => [.. type.GetMethods(Declared).Where(method => method.GetBaseDefinition() != method).Select(Describe).Order(StringComparer.Ordinal)];

    private static string Describe(MethodInfo method)
        => $"{Describe(method.ReturnType)} {method.Name}({string.Join(", ", method.GetParameters().Select(Describe))})";

    private static string Describe(ParameterInfo parameter)
        => $"{Describe(parameter.ParameterType)} {parameter.Name}{(parameter.HasDefaultValue ? $" = {parameter.DefaultValue ?? "null"}" : "")}";

    private static string Describe(Type type)
        => type.IsGenericType ? $"{type.Name}<{string.Join(", ", type.GetGenericArguments().Select(Describe))}>" : type.Name;

    private static void AssertSame(string[] expected, string[] actual)
        => Assert.AreEqual(string.Join('\n', expected), string.Join('\n', actual));
}
