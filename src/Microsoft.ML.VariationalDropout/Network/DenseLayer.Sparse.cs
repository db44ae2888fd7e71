namespace Microsoft.ML.Trainers.VariationalDropout.Network;

internal sealed unsafe partial class DenseLayer<TLanes, T>
{
    private void MultiplySparse(int panel, int row, Numerics.BlockedMatrix<T> matrix, T* tile) => throw new NotSupportedException();

    private void MultiplySparseVariances(int panel, int row, T* tile) => throw new NotSupportedException();

    private void MultiplySparseTransposed(int block, int panel, T* gradient) => throw new NotSupportedException();

    private void MultiplySparseSquaresTransposed(int block, int panel, T* gradient) => throw new NotSupportedException();
}
