namespace Microsoft.ML.Trainers.VariationalDropout.Numerics;

/// <summary>Uniform integers one after the other from Philox 4×32-10: for shuffling, and the plain form that the vector form is tested against.</summary>
internal struct CounterRandom(uint seed, NoiseStream stream, uint substream, uint part = 0)
{
    private uint _block;
    private int _used = 4;
    private (uint W0, uint W1, uint W2, uint W3) _words;

    /// <summary>A uniform integer in [0, <paramref name="exclusiveUpper"/>); the bias of 2⁻³² times the bound is accepted.</summary>
    public int Next(int exclusiveUpper) => (int)(((ulong)NextWord() * (uint)exclusiveUpper) >> 32);

    /// <summary>Shuffles by Fisher and Yates.</summary>
    public void Shuffle(Span<int> values)
    {
        for (int i = values.Length - 1; i > 0; i--)
        {
            int j = Next(i + 1);
            (values[i], values[j]) = (values[j], values[i]);
        }
    }

    /// <summary>Ten rounds of Philox 4×32 (Salmon et al. 2011).</summary>
    public static (uint W0, uint W1, uint W2, uint W3) Philox(uint w0, uint w1, uint w2, uint w3, uint key0, uint key1)
    {
        for (int round = 0; round < 10; round++)
        {
            ulong product0 = 0xD2511F53ul * w0;
            ulong product1 = 0xCD9E8D57ul * w2;
            (w0, w1, w2, w3) = ((uint)(product1 >> 32) ^ w1 ^ key0, (uint)product1, (uint)(product0 >> 32) ^ w3 ^ key1, (uint)product0);
            key0 += 0x9E3779B9;
            key1 += 0xBB67AE85;
        }

        return (w0, w1, w2, w3);
    }

    private uint NextWord()
    {
        if (_used == 4)
        {
            _words = Philox(_block++, substream, part, 0, seed, (uint)stream);
            _used = 0;
        }

        return _used++ switch { 0 => _words.W0, 1 => _words.W1, 2 => _words.W2, _ => _words.W3 };
    }
}
