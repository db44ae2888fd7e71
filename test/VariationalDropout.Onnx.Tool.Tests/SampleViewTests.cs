using Microsoft.ML;
using Microsoft.ML.Data;
using VariationalDropout.Onnx.Tool.Data;

namespace VariationalDropout.Onnx.Tool.Tests;

[TestClass]
public sealed class SampleViewTests
{
    private static readonly MLContext Context = new(seed: 1);

    [TestMethod]
    public void Text_becomes_the_types_of_the_schema()
    {
        using var folder = new TemporaryFolder();
        SampleView view = Read(folder, new EveryType(), "F4,F8,I1,I2,I4,I8,U1,U2,U4,U8,Truth,Text\n-1.5e1,,-128,-3,4,-5,255,7,8,9,No, \"\n?,NaN,0,0,0,0,0,0,0,0,T,\n");

        EveryType[] rows = [.. Context.Data.CreateEnumerable<EveryType>(view, reuseRowObject: false)];

        Assert.AreEqual((-15f, double.NaN, (sbyte)-128, (short)-3, 4, -5L, (byte)255), (rows[0].F4, rows[0].F8, rows[0].I1, rows[0].I2, rows[0].I4, rows[0].I8, rows[0].U1));
        Assert.AreEqual(((ushort)7, 8u, 9ul, false, " \""), (rows[0].U2, rows[0].U4, rows[0].U8, rows[0].Truth, rows[0].Text));
        Assert.AreEqual((float.NaN, double.NaN, true, ""), (rows[1].F4, rows[1].F8, rows[1].Truth, rows[1].Text));
        Assert.AreEqual(2, view.GetRowCount());
    }

    [TestMethod]
    [DataRow("U1", "256", "a whole number from 0 to 255")]
    [DataRow("I4", "1.5", "a whole number from -2147483648 to 2147483647")]
    [DataRow("I8", "", "a whole number from -9223372036854775808 to 9223372036854775807")]
    public void A_number_out_of_range_is_an_error(string column, string text, string expected)
    {
        using var folder = new TemporaryFolder();
        SampleView view = Read(folder, new EveryType(), $"{column},Other\n{text},\n");
        InvalidDataException error = Assert.ThrowsExactly<InvalidDataException>(() => ReadColumn(view, column));
        Assert.EndsWith($"line 2: the column '{column}' has {(text.Length == 0 ? "nothing" : $"'{text}'")}; it needs {expected}.", error.Message);
    }

    [TestMethod]
    [DataRow("Numbers.0,Numbers.1,Numbers.2\n1,,3\n")]
    [DataRow("Numbers[2],Numbers[0],Numbers[1]\n3,1,\n")]
    [DataRow("Numbers,Numbers,Numbers\n1,,3\n")]
    [DataRow("Numbers,More\n1;;3,\n")]
    [DataRow("Numbers,More\n1 NaN  3,\n")]
    public void Vectors_stand_in_one_column_or_several(string text)
    {
        using var folder = new TemporaryFolder();
        CollectionAssert.AreEqual(new[] { 1, float.NaN, 3 }, Read(folder, new Vectors(), text).GetColumn<float[]>("Numbers").Single());
    }

    [TestMethod]
    public void Vectors_of_any_size_and_of_texts_stand_in_one_column()
    {
        using var folder = new TemporaryFolder();
        SampleView view = Read(folder, new Vectors(), "Any,Texts\n1 2,a b;c\n,d\n3;4;5,\n");
        string[][] texts = [.. view.GetColumn<string[]>("Texts")];
        CollectionAssert.AreEqual(new[] { 2, 0, 3 }, view.GetColumn<float[]>("Any").Select(row => row.Length).ToArray());
        CollectionAssert.AreEqual(new[] { "a b", "c" }, texts[0]);
        CollectionAssert.AreEqual(new[] { "d" }, texts[1]);
    }

    [TestMethod]
    public void A_vector_of_the_wrong_size_is_an_error()
    {
        using var folder = new TemporaryFolder();
        SampleView view = Read(folder, new Vectors(), "Numbers,More\n1 2,\n");
        InvalidDataException error = Assert.ThrowsExactly<InvalidDataException>(() => ReadColumn(view, "Numbers"));
        Assert.EndsWith("line 2: the column 'Numbers' has 2 values; 3 are needed.", error.Message);
    }

    [TestMethod]
    public void Names_of_slots_are_names_of_columns()
    {
        using var folder = new TemporaryFolder();
        string source = folder.Write("flowers.csv", "sepal length,sepal width,kind\n1,2,a\n3,4,b\n");
        TextLoader loader = Context.Data.CreateTextLoader([new TextLoader.Column("Features", DataKind.Single, 0, 1), new TextLoader.Column("Kind", DataKind.String, 2)], separatorChar: ',', hasHeader: true,
            dataSample: new MultiFileSource(source));
        var view = new SampleView(loader.GetOutputSchema(), SampleFile.Read(source));
        float[][] features = [.. view.GetColumn<float[]>("Features")];
        CollectionAssert.AreEqual(new[] { 3f, 4f }, features[1]);
        Assert.Contains("or 'sepal length' to 'sepal width'", Assert.ThrowsExactly<InvalidDataException>(
            () => new SampleView(loader.GetOutputSchema(), SampleFile.Read(folder.Write("other.csv", "x\n1\n"))).GetColumn<float[]>("Features").ToArray()).Message);
    }

    [TestMethod]
    public void Keys_are_their_values_or_count_from_one()
    {
        using var folder = new TemporaryFolder();
        IDataView keyed = Context.Transforms.Conversion.MapValueToKey("Text").Fit(Rows("red", "blue")).Transform(Rows("red", "blue"));
        var named = new SampleView(keyed.Schema, SampleFile.Read(folder.Write("named.csv", "Text\nblue\n\"\"\nred\n")));
        CollectionAssert.AreEqual(new[] { 2u, 0u, 1u }, named.GetColumn<uint>("Text").ToArray());
        InvalidDataException unknown = Assert.ThrowsExactly<InvalidDataException>(() => ReadColumn(new SampleView(keyed.Schema, SampleFile.Read(folder.Write("pink.csv", "Text\npink\n"))), "Text"));
        Assert.EndsWith("has 'pink'; it needs one of the 2 values of the key, such as 'red', or nothing for a missing one.", unknown.Message);

        SampleView plain = Read(folder, new Keys(), "Key\n4\n\"\"\n1\n");
        CollectionAssert.AreEqual(new[] { 4u, 0u, 1u }, plain.GetColumn<uint>("Key").ToArray());
        foreach (string wrong in new[] { "5", "0", "x" })
        {
            InvalidDataException error = Assert.ThrowsExactly<InvalidDataException>(() => ReadColumn(Read(folder, new Keys(), $"Key\n{wrong}\n"), "Key"));
            Assert.EndsWith($"has '{wrong}'; it needs a key, a whole number from 1 to 4, or nothing for a missing one.", error.Message);
        }
    }

    [TestMethod]
    public void Types_that_are_no_text_are_an_error_only_when_they_are_read()
    {
        using var folder = new TemporaryFolder();
        SampleView view = Read(folder, new House { Place = [0, 0] }, "Sold,Size\n2020-01-01,1\n");
        CollectionAssert.AreEqual(new[] { 1f }, view.GetColumn<float>("Size").ToArray());
        Assert.StartsWith("The column 'Sold' holds DateTime", Assert.ThrowsExactly<InvalidDataException>(() => ReadColumn(view, "Sold")).Message);
    }

    [TestMethod]
    [DataRow("a;b\n1;2\n", "semi.csv", ';')]
    [DataRow("a\tb\r\n1\t2\r\n", "tab.TSV", null)]
    [DataRow("\uFEFFa,\"b\"\r1,2", "mac.csv", null)]
    [DataRow("#@ TextLoader{\n#@   header+\n#@   sep=comma\n#@ }\n a ,b\n1,2\n\n\n", "saved.csv", null)]
    public void Separators_line_ends_and_marks_are_understood(string text, string name, char? separator)
    {
        using var folder = new TemporaryFolder();
        var file = SampleFile.Read(folder.Write(name, text), separator);
        CollectionAssert.AreEqual(new[] { "a", "b" }, file.Header.ToArray());
        Assert.AreEqual((1, "1", "2"), (file.Rows, file.Cell(0, 0), file.Cell(0, 1)));
    }

    [TestMethod]
    public void What_ml_net_saves_as_text_is_read()
    {
        using var folder = new TemporaryFolder();
        IDataView rows = Context.Data.LoadFromEnumerable(Models.Rows);
        using (FileStream stream = File.Create(folder["saved.csv"]))
            Context.Data.SaveAsText(rows, stream, separatorChar: ',', headerRow: true, schema: true, forceDense: true);

        var view = new SampleView(rows.Schema, SampleFile.Read(folder["saved.csv"]));

        CollectionAssert.AreEqual(rows.GetColumn<float>("Size").ToArray(), view.GetColumn<float>("Size").ToArray());
        CollectionAssert.AreEqual(rows.GetColumn<string>("District").ToArray(), view.GetColumn<string>("District").ToArray());
        CollectionAssert.AreEqual(rows.GetColumn<bool>("Garden").ToArray(), view.GetColumn<bool>("Garden").ToArray());
        float[][] expected = [.. rows.GetColumn<float[]>("Place")], actual = [.. view.GetColumn<float[]>("Place")];
        for (int i = 0; i < expected.Length; i++)
            CollectionAssert.AreEqual(expected[i], actual[i]);
    }

    private static IDataView Rows(params string[] texts) => Context.Data.LoadFromEnumerable(texts.Select(text => new EveryType { Text = text }));

    private static SampleView Read<T>(TemporaryFolder folder, T row, string text)
        where T : class
        => new(Context.Data.LoadFromEnumerable([row]).Schema, SampleFile.Read(folder.Write("rows.csv", text)));

    /// <summary>Asks for the values of one column, whatever its type.</summary>
    private static void ReadColumn(SampleView view, string name)
    {
        DataViewSchema.Column column = view.Schema[name];
        using DataViewRowCursor cursor = view.GetRowCursor([column]);
        try
        {
            typeof(DataViewRow).GetMethod(nameof(DataViewRow.GetGetter))!.MakeGenericMethod(column.Type.RawType).Invoke(cursor, System.Reflection.BindingFlags.DoNotWrapExceptions, null, [column], null);
        }
        finally
        {
            cursor.Dispose();
        }
    }

    public sealed class EveryType
    {
        public float F4 { get; set; }

        public double F8 { get; set; }

        public sbyte I1 { get; set; }

        public short I2 { get; set; }

        public int I4 { get; set; }

        public long I8 { get; set; }

        public byte U1 { get; set; }

        public ushort U2 { get; set; }

        public uint U4 { get; set; }

        public ulong U8 { get; set; }

        public bool Truth { get; set; }

        public string Text { get; set; } = "";
    }

    public sealed class Vectors
    {
        [VectorType(3)]
        public float[] Numbers { get; set; } = [];

        public float[] Any { get; set; } = [];

        public string[] Texts { get; set; } = [];
    }

    public sealed class Keys
    {
        [KeyType(4)]
        public uint Key { get; set; }
    }
}
