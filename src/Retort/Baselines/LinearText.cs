using Microsoft.ML.Data;

namespace Retort.Baselines;

/// <summary>A row as ML.NET reads it.</summary>
internal sealed class LinearText
{
    public const string Label = nameof(Class);

    public string Text { get; set; } = "";

    /// <summary>The index of the class, from 0.</summary>
    public uint Class { get; set; }

    /// <summary>The columns, with as many classes as the label set has, those without a text counted in.</summary>
    public static SchemaDefinition Schema(int classes)
    {
        var schema = SchemaDefinition.Create(typeof(LinearText));
        schema[Label].ColumnType = new KeyDataViewType(typeof(uint), classes);
        return schema;
    }
}

/// <summary>An answer as ML.NET writes it.</summary>
internal sealed class LinearAnswer
{
    /// <summary>(classes) One logit a class.</summary>
    public float[] Score { get; set; } = [];
}
