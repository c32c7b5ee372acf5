namespace Retort.Cli;

/// <summary>What the process returns.</summary>
internal static class ExitCodes
{
    public const int Done = 0;
    public const int JobFailed = 1;
    public const int WrongUsage = 2;
    public const int Interrupted = 130;
}
