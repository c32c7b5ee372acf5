namespace Retort.Transfer.Augmentation;

/// <summary>What became of the augmentation.</summary>
/// <param name="Asked">Copies times texts of train.</param>
/// <param name="Made">Texts that are new.</param>
/// <param name="NearDevOrTest">Of these left out: nearly a text of dev or test.</param>
/// <param name="Words">Different words of train.</param>
/// <param name="WithNeighbours">Those that have neighbours; 0 where none are used.</param>
/// <param name="ChineseWords">Chinese words of two characters and more that were found.</param>
/// <param name="Mask">What stands for a hidden word.</param>
public sealed record AugmentationReport(
    int Asked, int Made, int NearDevOrTest, int Words, int WithNeighbours, int ChineseWords, string Mask)
{
    /// <summary>How many are distilled on.</summary>
    public int Kept => Made - NearDevOrTest;

    /// <summary>How many could not be made: every attempt came to a text that is there already, or to one without a word.</summary>
    public int Lacking => Asked - Made;
}
