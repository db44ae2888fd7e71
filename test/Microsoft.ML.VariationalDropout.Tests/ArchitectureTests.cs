using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Emit;
using System.Text.RegularExpressions;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests;

/// <summary>
/// What may know what. The mathematics (Numerics, Network, Inference) is plain C#; ML.NET comes in by Data, Training, Prediction and
/// Onnx only, and no folder knows one that builds on it.
/// </summary>
[TestClass]
public sealed partial class ArchitectureTests
{
    private const string Root = "Microsoft.ML.Trainers.VariationalDropout";

    /// <summary>From the bottom up.</summary>
    private static readonly string[] Layers = ["Numerics", "Data", "Network", "Inference"];

    private static readonly string[] PlainFolders = ["Numerics", "Network", "Inference"];

    private static readonly Assembly Library = typeof(Activation).Assembly;

    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    [TestMethod]
    [DataRow("Numerics")]
    [DataRow("Network")]
    [DataRow("Inference")]
    public void The_mathematics_knows_no_type_of_MLNET(string folder)
    {
        Type[] types = TypesOf(folder);
        Assert.IsNotEmpty(types);
        string[] offences = [.. types.SelectMany(type => Mentions(type).Where(IsMLNET).Select(mentioned => $"{type} → {mentioned}")).Distinct()];
        Assert.IsEmpty(offences, string.Join('\n', offences));
    }

    [TestMethod]
    [DataRow("Numerics")]
    [DataRow("Data")]
    [DataRow("Network")]
    [DataRow("Inference")]
    public void A_folder_knows_only_what_lies_below_it(string folder)
    {
        string[] below = [.. Layers.Take(Array.IndexOf(Layers, folder) + 1).Select(layer => $"{Root}.{layer}")];
        Type[] types = TypesOf(folder);
        Assert.IsNotEmpty(types);
        string[] offences = [.. types.SelectMany(type => Mentions(type).Where(IsAbove).Select(mentioned => $"{type} → {mentioned}")).Distinct()];
        Assert.IsEmpty(offences, string.Join('\n', offences));

        // The enumerations that a user chooses from, and the errors that they catch, are public and stand in the root namespace, whichever folder they
        // belong to.
        bool IsAbove(Type mentioned) => mentioned.Assembly == Library && !mentioned.IsEnum && !mentioned.IsSubclassOf(typeof(Exception)) && mentioned.Namespace is { } name
            && name.StartsWith(Root, StringComparison.Ordinal) && !below.Contains(name);
    }

    [TestMethod]
    public void The_mathematics_names_MLNET_in_no_source_file()
    {
        string library = Path.Combine(RepositoryRoot(), "src", "Microsoft.ML.VariationalDropout");
        int files = 0;
        foreach (string folder in PlainFolders)
        {
            foreach (string file in Directory.EnumerateFiles(Path.Combine(library, folder), "*.cs", SearchOption.AllDirectories))
            {
                files++;
                int number = 0;
                foreach (string line in File.ReadLines(file))
                {
                    number++;
                    bool isComment = line.AsSpan().TrimStart().StartsWith("//");
                    Assert.IsFalse(!isComment && NamesMLNET().IsMatch(line), $"{Path.GetRelativePath(library, file)}({number}): {line}");
                }
            }
        }

        Assert.IsGreaterThan(10, files);
    }

    /// <summary>What is fitted on scores takes those of any trainer, and is made of nothing that trains.</summary>
    [TestMethod]
    public void Calibration_and_evaluation_stand_beside_the_trainers()
    {
        string library = Path.Combine(RepositoryRoot(), "src", "Microsoft.ML.VariationalDropout");
        string[] elsewhere = [.. Directory.EnumerateFiles(library, "*.cs", SearchOption.AllDirectories).Where(file => Path.GetFileName(Path.GetDirectoryName(file)) != "Calibration")];
        Assert.IsGreaterThan(100, elsewhere.Length);
        foreach (string file in elsewhere)
            Assert.DoesNotContain($"using {Root}.Calibration;", File.ReadAllText(file), file);

        string[] beside = [.. new[] { "Calibration", "Evaluation" }.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(library, folder), "*.cs"))];
        Assert.IsGreaterThan(10, beside.Length);
        foreach (string file in beside)
        {
            Assert.DoesNotContain($"using {Root}.Inference;", File.ReadAllText(file), file);
            Assert.IsFalse(TrainerOrModel().IsMatch(string.Join('\n', File.ReadLines(file).Where(line => !line.AsSpan().TrimStart().StartsWith("//")))), file);
        }
    }

    [TestMethod]
    public void The_search_finds_what_is_hidden_in_bodies_lambdas_and_type_arguments()
    {
        CollectionAssert.Contains(Mentions(typeof(KnowsInALambda)).ToList(), typeof(MLContext));
        CollectionAssert.Contains(Mentions(typeof(KnowsInATypeArgument)).ToList(), typeof(IDataView));
        Assert.IsFalse(Mentions(typeof(KnowsNothing)).Any(IsMLNET));
        Assert.IsTrue(NamesMLNET().IsMatch("using Microsoft.ML.Data;"));
        Assert.IsTrue(NamesMLNET().IsMatch("using Microsoft.ML;"));
        Assert.IsTrue(NamesMLNET().IsMatch("    => new global::Microsoft.ML.MLContext();"));
        Assert.IsFalse(NamesMLNET().IsMatch($"using {Root}.Numerics;"));
    }

    [GeneratedRegex(@"\bMicrosoft\.ML\b(?!\.Trainers\.VariationalDropout\b)")]
    private static partial Regex NamesMLNET();

    [GeneratedRegex(@"\bVariationalDropout\w*(Trainer|ModelParameters|PredictionTransformer)\b")]
    private static partial Regex TrainerOrModel();

    private static bool IsMLNET(Type type) => type.Assembly != Library && type.Assembly.GetName().Name!.StartsWith("Microsoft.ML.", StringComparison.Ordinal)
        && type.Assembly != typeof(ArchitectureTests).Assembly;

    private static Type[] TypesOf(string folder) => [.. Library.GetTypes().Where(type => type.DeclaringType is null && type.Namespace == $"{Root}.{folder}")];

    private static string RepositoryRoot()
        => typeof(ArchitectureTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "RepositoryRoot").Value!;

    /// <summary>Every type that <paramref name="type"/> mentions in declarations, attributes or method bodies, its nested types' included.</summary>
    private static HashSet<Type> Mentions(Type type)
    {
        const BindingFlags all = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;
        var found = new HashSet<Type>();
        Add(type.BaseType);
        AddAll(type.GetInterfaces());
        AddAll(type.GetGenericArguments().SelectMany(argument => argument.GetGenericParameterConstraints()));
        AddAll(type.GetCustomAttributesData().Select(attribute => attribute.AttributeType));
        foreach (FieldInfo field in type.GetFields(all))
            AddMember(field);
        foreach (MethodBase method in type.GetMethods(all).Cast<MethodBase>().Concat(type.GetConstructors(all)))
        {
            AddMember(method);
            AddBody(method);
        }

        foreach (Type nested in type.GetNestedTypes(all))
            found.UnionWith(Mentions(nested));
        return found;

        void AddAll(IEnumerable<Type> types)
        {
            foreach (Type mentioned in types)
                Add(mentioned);
        }

        void Add(Type? mentioned)
        {
            if (mentioned is null || mentioned.IsGenericParameter)
                return;
            if (mentioned.HasElementType)
            {
                Add(mentioned.GetElementType());
            }
            else if (found.Add(mentioned) && mentioned.IsGenericType)
            {
                found.Add(mentioned.GetGenericTypeDefinition());
                AddAll(mentioned.GetGenericArguments());
            }
        }

        void AddMember(MemberInfo member)
        {
            Add(member as Type ?? member.DeclaringType);
            AddAll(member.GetCustomAttributesData().Select(attribute => attribute.AttributeType));
            if (member is FieldInfo field)
                Add(field.FieldType);
            if (member is MethodInfo method)
                Add(method.ReturnType);
            if (member is MethodBase callable)
            {
                AddAll(callable.GetParameters().Select(parameter => parameter.ParameterType));
                if (callable.IsGenericMethod)
                    AddAll(callable.GetGenericArguments());
            }
        }

        void AddBody(MethodBase method)
        {
            if (method.GetMethodBody() is not { } body)
                return;
            AddAll(body.LocalVariables.Select(local => local.LocalType));
            AddAll(body.ExceptionHandlingClauses.Where(clause => clause.Flags == ExceptionHandlingClauseOptions.Clause).Select(clause => clause.CatchType!));
            Type[]? ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : null;
            foreach (int token in Tokens(body.GetILAsByteArray()!))
                AddMember(method.Module.ResolveMember(token, type.GetGenericArguments(), ofMethod)!);
        }
    }

    /// <summary>The metadata tokens of types, fields and methods in a method's instructions.</summary>
    private static IEnumerable<int> Tokens(byte[] body)
    {
        for (int at = 0; at < body.Length;)
        {
            short value = body[at++];
            if (value == 0xFE)
                value = (short)(0xFE00 | body[at++]);
            OpCode code = OpCodesByValue[value];
            switch (code.OperandType)
            {
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    at += 1;
                    break;
                case OperandType.InlineVar:
                    at += 2;
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    at += 8;
                    break;
                case OperandType.InlineSwitch:
                    at += 4 + 4 * BinaryPrimitives.ReadInt32LittleEndian(body.AsSpan(at));
                    break;
                case OperandType.InlineType or OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok:
                    yield return BinaryPrimitives.ReadInt32LittleEndian(body.AsSpan(at));
                    at += 4;
                    break;
                default:
                    at += 4;
                    break;
            }
        }
    }

    private static class KnowsInALambda
    {
        public static Func<object> Create() => () => new MLContext();
    }

    private sealed class KnowsInATypeArgument
    {
        public List<Dictionary<string, IDataView[]>> Views { get; } = [];
    }

    private static class KnowsNothing
    {
        public static int Sum(IEnumerable<int> values) => values.Where(value => value > 0).Sum();
    }
}
