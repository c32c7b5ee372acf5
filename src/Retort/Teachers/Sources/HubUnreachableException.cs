using Retort.Runs;

namespace Retort.Teachers.Sources;

/// <summary>No connection to the hub was ever made: no point in trying again, another source may do.</summary>
internal sealed class HubUnreachableException(string message, Exception cause) : RetortException(message, cause);
