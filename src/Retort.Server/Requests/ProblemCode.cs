namespace Retort.Server.Requests;

/// <summary>The codes of refusals; docs/serving.md lists them.</summary>
internal static class ProblemCode
{
    public const string InvalidJson = "invalid_json", InvalidField = "invalid_field", UnknownField = "unknown_field", InvalidText = "invalid_text",
        TextTooLong = "text_too_long", TooManyTexts = "too_many_texts", BodyTooLarge = "body_too_large", UnsupportedType = "unsupported_media_type",
        UnknownModel = "unknown_model", UnknownVersion = "unknown_version", UnknownLabel = "unknown_label", Unauthorized = "unauthorized", NotFound = "not_found",
        WrongMethod = "method_not_allowed", Busy = "busy", TooSlow = "too_slow", TimedOut = "timed_out", BadRequest = "bad_request", WrongHost = "wrong_host", Internal = "internal";
}
