using System.IO.Compression;
using System.Text;
using ModelComparison.Data;
using QuickStart.Tests;

namespace ModelComparison.Tests;

[TestClass]
public sealed class CsvTableTests
{
    [TestMethod]
    public void Quotes_hold_separators_line_ends_and_quotes()
    {
        CsvTable table = CsvTable.Parse("a, b,c\n1, \"x, \"\"y\"\"\nz\" ,3\n\n4,,\" 6 \"\n", "t.csv");

        CollectionAssert.AreEqual(new[] { "a", "b", "c" }, table.Header.ToArray());
        Assert.HasCount(2, table.Rows);
        CollectionAssert.AreEqual(new[] { "1", "x, \"y\"\nz", "3" }, table.Rows[0]);
        CollectionAssert.AreEqual(new[] { "4", "", "6" }, table.Rows[1]);
        CollectionAssert.AreEqual(new[] { 2, 5 }, table.Lines.ToArray());
    }

    [TestMethod]
    [DataRow("a,b,c;d\n1,2,3;4\n", 3)]
    [DataRow("a\tb\tc,d\n1\t2\t3,4\n", 3)]
    [DataRow("a;b;c,d\n1;2;3,4\n", 3)]
    [DataRow("a\tb\n1\t2\n", 2)]
    public void The_separator_is_what_the_header_has_most_of(string text, int columns)
    {
        CsvTable table = CsvTable.Parse(text, "t.csv");

        Assert.HasCount(columns, table.Header);
        Assert.HasCount(columns, table.Rows[0]);
        Assert.AreEqual("2", table.Rows[0][1]);
    }

    [TestMethod]
    public void Comments_and_the_sign_before_a_header_are_skipped_and_lines_still_counted()
    {
        CsvTable table = CsvTable.Parse("// about\r\n// this\r\n#Label\tx\r\n0\t1\r\n", "t.txt");

        CollectionAssert.AreEqual(new[] { "Label", "x" }, table.Header.ToArray());
        Assert.AreEqual(4, table.Lines[0]);
    }

    [TestMethod]
    public void A_column_without_a_name_gets_one_that_no_other_has()
        => CollectionAssert.AreEqual(new[] { "column2", "column2 (2)", "column3" }, CsvTable.Parse("column2,,\n1,2,3\n", "t.csv").Header.ToArray());

    [TestMethod]
    public void A_compressed_file_reads_like_a_plain_one()
    {
        using var folder = new TemporaryFolder();
        byte[] text = Encoding.UTF8.GetBytes("a,b\n1,é\n");
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true))
            gzip.Write(text);

        CsvTable plain = CsvTable.Read(folder.Write("t.csv", text)), unpacked = CsvTable.Read(folder.Write("t.csv.gz", packed.ToArray()));

        CollectionAssert.AreEqual(new[] { "1", "é" }, plain.Rows[0]);
        CollectionAssert.AreEqual(plain.Rows[0], unpacked.Rows[0]);
    }

    [TestMethod]
    [DataRow("", "'t.csv': expected a header and rows; the file is empty.")]
    [DataRow("a,b\n", "'t.csv': expected rows after the header; found none.")]
    [DataRow("a\n1\n", "'t.csv', line 1: expected a header of at least two columns with commas, tabs or semicolons between them; found 'a'.")]
    [DataRow("// x\na,b,a\n1,2,3\n", "'t.csv', line 2: columns need different names; 'a' stands there 2 times.")]
    [DataRow("a,b\n1,2\n3\n", "'t.csv', line 3: expected 2 cells, as the header has; found 1.")]
    [DataRow("a,b\n1,2\n3,4,5\n", "'t.csv', line 3: expected 2 cells, as the header has; found 3. A cell with a comma of its own, such as a decimal one, needs quotes around it.")]
    [DataRow("a;b\n1;2\n3;4;5\n", "'t.csv', line 3: expected 2 cells, as the header has; found 3.")]
    [DataRow("a,b\n1,\"2\n3,4\n", "'t.csv', line 2: the quote that opens there is not closed.")]
    public void What_is_no_table_is_refused_with_its_line(string text, string message)
        => Assert.AreEqual(message, Assert.ThrowsExactly<InvalidDataException>(() => CsvTable.Parse(text, "t.csv")).Message);

    [TestMethod]
    public void Damaged_and_missing_files_are_named()
    {
        using var folder = new TemporaryFolder();
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true))
            gzip.Write(Encoding.UTF8.GetBytes("a,b\n" + string.Concat(Enumerable.Range(0, 1000).Select(row => $"{row * row},{row}\n"))));
        byte[] bytes = packed.ToArray();
        bytes.AsSpan(bytes.Length / 2, 50).Fill(0xff);
        string damaged = folder.Write("t.csv.gz", bytes), missing = Path.Combine(folder.Path, "none.csv");

        Assert.StartsWith($"'{damaged}' cannot be unpacked: ", Assert.ThrowsExactly<InvalidDataException>(() => CsvTable.Read(damaged)).Message);
        Assert.AreEqual($"The data file '{missing}' does not exist.", Assert.ThrowsExactly<FileNotFoundException>(() => CsvTable.Read(missing)).Message);
    }

    [TestMethod]
    public void A_compressed_file_that_breaks_off_at_the_end_of_a_line_is_no_table()
    {
        using var folder = new TemporaryFolder();
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress))
        {
            gzip.Write("a,b\n1,2\n3,4\n"u8);
            gzip.Flush();
            string cut = folder.Write("t.csv.gz", packed.ToArray());

            Assert.AreEqual($"'{cut}' breaks off: it is not a whole gzip file.", Assert.ThrowsExactly<InvalidDataException>(() => CsvTable.Read(cut)).Message);
        }
    }
}
