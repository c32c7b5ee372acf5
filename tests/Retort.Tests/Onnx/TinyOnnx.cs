using Google.Protobuf;
using Retort.Export;
using Retort.Onnx;
using Retort.Onnx.Schema;
using Retort.Onnx.Teachers;
using Retort.Teachers;
using Retort.Tests.Teachers;
using static TorchSharp.torch;

namespace Retort.Tests.Onnx;

/// <summary>A tiny BERT as an ONNX file with its tokenizer beside it, and what becomes of it elsewhere.</summary>
internal static class TinyOnnx
{
    /// <summary>Writes <c>onnx/model.onnx</c> and <c>onnx/vocab.txt</c>, and the Hugging Face folder <c>bert</c> that it is made from.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="edits">Change the model; one that has changes no longer tells Retort's facts.</param>
    public static OnnxTeacherFiles Write(TemporaryFolder folder, params Action<ModelProto>[] edits)
    {
        string bert = TinyBert.Write(folder["bert"], classes: 3), own = folder["onnx"];
        Directory.CreateDirectory(own);
        File.Copy(Path.Combine(bert, "vocab.txt"), Path.Combine(own, "vocab.txt"));
        using Teacher teacher = Teacher.Load(bert, CPU);
        OnnxModel model = BertGraph.Build(TeacherSource.Describe(teacher));
        using var written = new MemoryStream();
        model.Write(written);
        ModelProto message = ModelProto.Parser.ParseFrom(written.ToArray());
        if (edits.Length > 0)
        {
            message.MetadataProps.Clear();
            File.WriteAllText(Path.Combine(own, "config.json"),
                """{"max_position_embeddings": 24, "id2label": {"0": "class0", "1": "class1", "2": "class2"}}""");
        }
        foreach (Action<ModelProto> edit in edits)
            edit(message);
        File.WriteAllBytes(Path.Combine(own, "model.onnx"), message.ToByteArray());
        return OnnxTeacherFiles.Find(own)!;
    }

    /// <summary>Changes nothing but what it tells.</summary>
    public static void Plain(ModelProto model) { }

    public static void Int32(ModelProto model)
    {
        foreach (ValueInfoProto input in model.Graph.Input)
            input.Type.TensorType.ElemType = (TensorProto.Types.DataType)6;
    }

    /// <summary>Fixes how many tokens a text has, and how many texts a batch; 0: any number.</summary>
    public static Action<ModelProto> Fixed(int batch, int length) => model =>
    {
        foreach (ValueInfoProto input in model.Graph.Input)
        {
            if (batch > 0)
                input.Type.TensorType.Shape.Dim[0].DimValue = batch;
            input.Type.TensorType.Shape.Dim[1].DimValue = length;
        }
    };

    /// <summary>The token types are no input, but made of the ids: zeros.</summary>
    public static void WithoutTokenTypes(ModelProto model)
    {
        model.Graph.Input.Remove(model.Graph.Input.Single(input => input.Name == TensorNames.TokenTypes));
        model.Graph.Node.Insert(0, new NodeProto { OpType = "Sub", Input = { TensorNames.Ids, TensorNames.Ids }, Output = { TensorNames.TokenTypes } });
    }

    /// <summary>Gives an input or output another name.</summary>
    public static Action<ModelProto> Rename(string from, string to) => model =>
    {
        foreach (ValueInfoProto value in model.Graph.Input.Concat(model.Graph.Output).Where(value => value.Name == from))
            value.Name = to;
        foreach (NodeProto node in model.Graph.Node)
        {
            for (int k = 0; k < node.Input.Count; k++)
                node.Input[k] = node.Input[k] == from ? to : node.Input[k];
            for (int k = 0; k < node.Output.Count; k++)
                node.Output[k] = node.Output[k] == from ? to : node.Output[k];
        }
    };

    /// <summary>Leaves outputs out.</summary>
    public static Action<ModelProto> Without(params string[] outputs) => model =>
    {
        foreach (ValueInfoProto output in model.Graph.Output.Where(output => outputs.Contains(output.Name)).ToArray())
            model.Graph.Output.Remove(output);
    };

    /// <summary>The output "logits" becomes an operation's of them.</summary>
    public static Action<ModelProto> Through(string operation) => model =>
    {
        Rename(TensorNames.Logits, "raw")(model);
        model.Graph.Output.Single(output => output.Name == "raw").Name = TensorNames.Logits;
        model.Graph.Node.Add(new NodeProto { OpType = operation, Input = { "raw" }, Output = { TensorNames.Logits } });
    };

    /// <summary>Padding is no longer masked: what it says of a text depends on the longest beside it.</summary>
    public static void Unmasked(ModelProto model)
    {
        TensorProto lowest = model.Graph.Initializer.Single(tensor => tensor.Name.StartsWith("float_-3.4", StringComparison.Ordinal));
        lowest.RawData = ByteString.CopyFrom(BitConverter.GetBytes(0f));
    }

    /// <summary>Moves the weights of the classifier into a file beside the model.</summary>
    public static Action<ModelProto> External(string file) => model =>
    {
        TensorProto weight = model.Graph.Initializer.Single(tensor => tensor.Name == "classifier.weight");
        File.WriteAllBytes(file, weight.RawData.ToByteArray());
        weight.RawData = ByteString.Empty;
        using var bytes = new MemoryStream();
        weight.WriteTo(bytes);
        using (var output = new CodedOutputStream(bytes, leaveOpen: true))
        {
            var entry = new StringStringEntryProto { Key = "location", Value = Path.GetFileName(file) };
            output.WriteTag(13, WireFormat.WireType.LengthDelimited); // external_data
            output.WriteMessage(entry);
            output.WriteTag(14, WireFormat.WireType.Varint); // data_location: external
            output.WriteInt32(1);
        }
        model.Graph.Initializer[model.Graph.Initializer.IndexOf(weight)] = TensorProto.Parser.ParseFrom(bytes.ToArray());
    };
}
