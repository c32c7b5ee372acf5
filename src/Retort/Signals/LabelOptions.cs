using System.ComponentModel;
using System.Text.Json.Serialization;
using Retort.Runs;
using Retort.Teachers;
using Retort.Training;

namespace Retort.Signals;

/// <summary>How the teacher's signals are computed and cached.</summary>
public sealed record LabelOptions
{
    [Description("Folder of the cache; empty: signals/ of the run")]
    [PathValue]
    public string Cache { get; init; } = "";

    [Description("Tokens a batch, padding included")]
    public int BatchTokens { get; init; } = 4096;

    [Description("Texts a shard; a shard in flight is what an interruption loses")]
    public int ShardSize { get; init; } = 4096;

    [Description("Pooled hidden state stored beside the logits: none, cls or mean (of the tokens)")]
    public PooledState PooledState { get; init; } = PooledState.Mean;

    [Description("Arithmetic of a teacher's products in libtorch: f32, or bf16, which is quicker on a processor with AVX512_BF16 or AMX")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Precision Precision { get; init; }

    [Description("What the output of an ONNX teacher is: auto (as its values show), logits, probabilities or log_probabilities")]
    public OnnxOutput OnnxOutput { get; init; } = OnnxOutput.Auto;

    [Description("Seconds that a teacher which is a command may take for an answer")]
    public double CommandTimeout { get; init; } = 600;

    /// <exception cref="UsageException">A value is out of its range.</exception>
    public void Validate()
    {
        OptionRange.AtLeast("signals.batch_tokens", BatchTokens, 1);
        OptionRange.AtLeast("signals.shard_size", ShardSize, 1);
        OptionRange.Defined("signals.pooled_state", PooledState);
        OptionRange.Defined("signals.precision", Precision);
        OptionRange.Defined("signals.onnx_output", OnnxOutput);
        OptionRange.Above("signals.command_timeout", CommandTimeout, 0);
    }
}
