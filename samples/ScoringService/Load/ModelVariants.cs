using System.Globalization;
using ScoringService.Model;

namespace ScoringService.Load;

/// <summary>A model file that becomes another, which predicts the same: each has one more property, and with it another version.</summary>
internal sealed class ModelVariants
{
    private readonly byte[] _model;
    private readonly string _folder;
    private int _count;

    public ModelVariants(string model, string folder)
    {
        _model = System.IO.File.ReadAllBytes(model);
        _folder = folder;
        File = Path.Combine(folder, "model.onnx");
        PutNext();
    }

    public string File { get; }

    /// <summary>Puts the next one in place by renaming.</summary>
    public void PutNext()
    {
        string temporary = Path.Combine(_folder, "next");
        System.IO.File.WriteAllBytes(temporary, [.. _model, .. FileProperty.Encode("load_test", (++_count).ToString(CultureInfo.InvariantCulture))]);
        System.IO.File.Move(temporary, File, overwrite: true);
    }
}
