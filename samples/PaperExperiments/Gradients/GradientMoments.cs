using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace PaperExperiments.Gradients;

/// <summary>Takes the gradients of a training pass and keeps the moments of those parameters that are watched; changes no parameter.</summary>
internal sealed unsafe class GradientMoments : GradientConsumer<float>
{
    private readonly Dictionary<Parameter<float>, EntryMoments> _watched = [];

    /// <summary>Keeps the moments of a layer's weights from now on.</summary>
    public EntryMoments Watch(LayerWeights layer)
        => _watched[layer.Parameter] = new EntryMoments(layer.Parameter.Values.Length, layer.Inputs * layer.Outputs);

    public void BeginDraw()
    {
        foreach (EntryMoments moments in _watched.Values)
            moments.BeginDraw();
    }

    public override void Accept(Parameter<float> parameter, nint offset, float* gradient, int count)
    {
        if (_watched.TryGetValue(parameter, out EntryMoments? moments))
            moments.Add((int)offset, new ReadOnlySpan<float>(gradient, count));
    }

    public void EndDraw()
    {
        foreach (EntryMoments moments in _watched.Values)
            moments.EndDraw();
    }
}
