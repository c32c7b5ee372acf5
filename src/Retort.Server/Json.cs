using System.Text.Encodings.Web;

namespace Retort.Server;

/// <summary>How the server writes JSON.</summary>
internal static class Json
{
    /// <summary>Text of every script as it is; answers are never part of a page.</summary>
    public static JavaScriptEncoder Encoder => JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
}
