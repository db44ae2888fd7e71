namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests;

[TestClass]
public sealed class OnnxFileTests
{
    private readonly string _folder = Directory.CreateTempSubdirectory("onnx").FullName;

    [TestCleanup]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    [DataRow(UnixFileMode.UserRead | UnixFileMode.UserWrite)]
    [DataRow(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)]
    public void A_file_that_is_replaced_keeps_its_permissions(UnixFileMode mode)
    {
        string path = Before("model.onnx");
#pragma warning disable CA1416 // Not run on Windows.
        File.SetUnixFileMode(path, mode);
        OnnxFile.Write(path, [1, 2]);
        Assert.AreEqual(mode, File.GetUnixFileMode(path));
#pragma warning restore CA1416
        AssertFile(path, [1, 2]);
    }

    [TestMethod]
    public void A_file_that_is_read_only_is_refused_before_the_export_and_stays()
    {
        string path = Before("model.onnx");
        File.SetAttributes(path, FileAttributes.ReadOnly);
        UnauthorizedAccessException exception = Assert.ThrowsExactly<UnauthorizedAccessException>(() => ExportNothing(path));
        Assert.Contains($"'{path}'", exception.Message);
        Assert.Contains("read-only", exception.Message);
        Assert.ThrowsExactly<UnauthorizedAccessException>(() => OnnxFile.Write(path, [1]));
        AssertFile(path, [9]);
        File.SetAttributes(path, FileAttributes.Normal);
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public void Through_a_link_its_target_is_replaced()
    {
        string target = Before("2024.onnx");
        string inner = Path.Combine(_folder, "latest.onnx");
        string link = Path.Combine(_folder, "model.onnx");
        File.CreateSymbolicLink(inner, "2024.onnx");
        File.CreateSymbolicLink(link, inner);

        OnnxFile.Write(link, [1, 2]);

        Assert.AreEqual(inner, new FileInfo(link).LinkTarget);
        Assert.AreEqual("2024.onnx", new FileInfo(inner).LinkTarget);
        CollectionAssert.AreEqual(new byte[] { 1, 2 }, File.ReadAllBytes(target));
        File.Delete(target);
        OnnxFile.Write(link, [3]);
        CollectionAssert.AreEqual(new byte[] { 3 }, File.ReadAllBytes(target), "A target that is missing is made.");
    }

    [TestMethod]
    public void A_missing_folder_is_refused_before_the_export_by_the_path_that_was_given()
    {
        string path = Path.Combine(_folder, "missing", "x.onnx");
        DirectoryNotFoundException exception = Assert.ThrowsExactly<DirectoryNotFoundException>(() => ExportNothing(path));
        Assert.Contains($"'{path}' cannot be written: there is no folder '{Path.Combine(_folder, "missing")}'", exception.Message);
    }

    [TestMethod]
    public void A_folder_is_no_file()
    {
        IOException exception = Assert.ThrowsExactly<IOException>(() => ExportNothing(_folder));
        Assert.Contains($"'{_folder}' is a folder", exception.Message);
    }

    [TestMethod]
    public void A_name_may_be_as_long_as_the_file_system_lets_it()
    {
        string path = Path.Combine(_folder, new string('x', 235) + ".onnx");
        OnnxFile.Write(path, [1, 2]);
        OnnxFile.Write(path, [1, 2, 3]);
        AssertFile(path, [1, 2, 3]);
    }

    [TestMethod]
    public void A_stream_that_cannot_be_written_to_is_refused_before_the_export()
    {
        using var stream = new MemoryStream([1], writable: false);
        var context = new MLContext(seed: 1);
        IDataView rows = context.Data.LoadFromEnumerable(new[] { new RawRow() });
        ITransformer bad = context.Transforms.Expression("E", "x => x + 1", "B").Fit(rows);
        Assert.AreEqual("stream", Assert.ThrowsExactly<ArgumentException>(() => context.Model.ExportToOnnx(bad, rows, stream)).ParamName);
        Assert.AreEqual("stream", Assert.ThrowsExactly<ArgumentException>(() => Tasks.Get(OnnxTask.Binary).ExportNetwork(stream, new OnnxExportOptions { Opset = -1 })).ParamName);
    }

    /// <summary>An export that fails, but not before the path has been looked at.</summary>
    private static void ExportNothing(string path)
    {
        var context = new MLContext(seed: 1);
        IDataView rows = context.Data.LoadFromEnumerable(new[] { new RawRow() });
        context.Model.ExportToOnnx(context.Transforms.Expression("E", "x => x + 1", "B").Fit(rows), rows, path);
    }

    private string Before(string name)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, [9]);
        return path;
    }

    /// <summary>Only the file is there, and it is as it should be.</summary>
    private void AssertFile(string path, byte[] expected)
    {
        CollectionAssert.AreEqual(new[] { path }, Directory.GetFiles(_folder));
        CollectionAssert.AreEqual(expected, File.ReadAllBytes(path));
    }
}
