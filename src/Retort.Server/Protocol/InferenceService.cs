using System.Buffers.Binary;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Grpc.Core;
using Microsoft.Extensions.ObjectPool;
using Retort.Server.Classify;
using Retort.Server.Models;
using Retort.Server.Protocol.Grpc;
using Retort.Server.Requests;
using Retort.Server.Telemetry;

namespace Retort.Server.Protocol;

/// <summary>The Open Inference Protocol over gRPC.</summary>
internal sealed class InferenceService(ServerOptions options, ModelStore models, Classifying classifying, RequestBody bodies, ServerMetrics metrics, ServerState state, ObjectPool<Workspace> workspaces)
    : GRPCInferenceService.GRPCInferenceServiceBase
{
    public override Task<ServerLiveResponse> ServerLive(ServerLiveRequest request, ServerCallContext context) => Task.FromResult(new ServerLiveResponse { Live = true });

    public override Task<ServerReadyResponse> ServerReady(ServerReadyRequest request, ServerCallContext context) =>
        Task.FromResult(new ServerReadyResponse { Ready = state.IsReady });

    public override Task<ModelReadyResponse> ModelReady(ModelReadyRequest request, ServerCallContext context) => With(request.Name, request.Version, model =>
        new ModelReadyResponse { Ready = state.IsReady });

    public override Task<ServerMetadataResponse> ServerMetadata(ServerMetadataRequest request, ServerCallContext context) =>
        Task.FromResult(new ServerMetadataResponse { Name = ServerState.Name, Version = ServerState.ApiVersion });

    public override Task<ModelMetadataResponse> ModelMetadata(ModelMetadataRequest request, ServerCallContext context) => With(request.Name, request.Version, model =>
    {
        var metadata = new ModelMetadataResponse { Name = model.Name, Platform = ModelTensors.Platform, Versions = { model.Version } };
        metadata.Inputs.Add(new ModelMetadataResponse.Types.TensorMetadata { Name = ModelTensors.Input, Datatype = "BYTES", Shape = { -1 } });
        foreach ((string name, string type, int[] shape) in ModelTensors.Outputs(model))
            metadata.Outputs.Add(new ModelMetadataResponse.Types.TensorMetadata { Name = name, Datatype = type, Shape = { shape.Select(size => (long)size) } });
        return metadata;
    });

    public override async Task<ModelInferResponse> ModelInfer(ModelInferRequest request, ServerCallContext context)
    {
        ServedModel model = Enter(request.ModelName, request.ModelVersion);
        Workspace work = workspaces.Get();
        using BodyCharge charge = bodies.Open();
        try
        {
            charge.Set(request.CalculateSize());
            ReadTexts(request, work);
            (string Name, string Type, int[] Shape)[] wanted = ModelTensors.Wanted(model, [.. request.Outputs.Select(output => output.Name)]);
            await classifying.RunAsync(model, work, timings: false, askTeacher: null, context.CancellationToken).ConfigureAwait(false);
            var response = new ModelInferResponse { ModelName = model.Name, ModelVersion = model.Version, Id = request.Id };
            foreach ((string name, string type, int[] shape) in wanted)
                response.Outputs.Add(Tensor(model, work, name, type, shape));
            return response;
        }
        catch (ProblemException problem)
        {
            throw Status(problem);
        }
        finally
        {
            model.Leave();
            workspaces.Return(work);
        }
    }

    private RpcException Status(ProblemException problem)
    {
        metrics.Refused(problem.Code);
        return new RpcException(new Status(problem.Status switch
        {
            StatusCodes.Status404NotFound => StatusCode.NotFound,
            StatusCodes.Status429TooManyRequests => StatusCode.ResourceExhausted,
            StatusCodes.Status504GatewayTimeout => StatusCode.DeadlineExceeded,
            _ => StatusCode.InvalidArgument,
        }, $"{problem.Code}: {problem.Message}"));
    }

    private ServedModel Enter(string name, string version)
    {
        if (!models.TryEnter(name, out ServedModel? model))
            throw Status(ClassifyEndpoint.UnknownModel());
        if (version.Length == 0 || version == model.Version)
            return model;
        string current = model.Version;
        model.Leave();
        throw Status(InferEndpoint.UnknownVersion(current));
    }

    private Task<T> With<T>(string name, string version, Func<ServedModel, T> read)
    {
        ServedModel model = Enter(name, version);
        try
        {
            return Task.FromResult(read(model));
        }
        finally
        {
            model.Leave();
        }
    }

    private void ReadTexts(ModelInferRequest request, Workspace work)
    {
        if (request.Inputs.Count != 1)
            throw ProblemException.Bad(ProblemCode.InvalidField, $"{request.Inputs.Count} inputs: expected {ModelTensors.Input} alone");
        ModelInferRequest.Types.InferInputTensor input = request.Inputs[0];
        RepeatedField<ByteString> contents = input.Contents?.BytesContents ?? [];
        if (request.RawInputContents.Count > 0)
        {
            if (contents.Count > 0 || request.RawInputContents.Count != 1)
                throw ProblemException.Bad(ProblemCode.InvalidField, "expected either contents or one raw_input_contents");
            ReadRaw(request.RawInputContents[0].Span, work);
        }
        foreach (ByteString text in contents)
            Add(text.Span, work);
        ModelTensors.Require(input.Name, input.Datatype, ModelTensors.Elements(input.Shape), work.Count);
    }

    // Each element has its length before it, in four bytes.
    private void ReadRaw(ReadOnlySpan<byte> bytes, Workspace work)
    {
        while (!bytes.IsEmpty)
        {
            if (bytes.Length < sizeof(int) || BinaryPrimitives.ReadUInt32LittleEndian(bytes) is var length && length > bytes.Length - sizeof(int))
                throw ProblemException.Bad(ProblemCode.InvalidField, "raw_input_contents ends within a text: expected each with its length before it, four bytes, little endian");
            Add(bytes.Slice(sizeof(int), (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes)), work);
            bytes = bytes[(sizeof(int) + (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes))..];
        }
    }

    private void Add(ReadOnlySpan<byte> text, Workspace work)
    {
        if (work.Count == options.Limits.Texts)
            throw ProblemException.Bad(ProblemCode.TooManyTexts, FormattableString.Invariant($"more than {options.Limits.Texts:N0} texts: send them in several requests"));
        if (!System.Text.Unicode.Utf8.IsValid(text))
            throw ProblemException.Bad(ProblemCode.InvalidText, $"text {work.Count} is not UTF-8");
        JsonText.RequireLength(text, work.Count, options.Limits);
        text.CopyTo(work.Reserve(text.Length));
        work.Add(text.Length);
    }

    private static ModelInferResponse.Types.InferOutputTensor Tensor(ServedModel model, Workspace work, string name, string type, int[] shape)
    {
        var contents = new InferTensorContents();
        for (int k = 0; k < work.Count; k++)
        {
            ref Answer answer = ref work.Answers[k];
            ReadOnlySpan<float> probabilities = work.Answered(k);
            int index = Classifying.IndexOfMost(probabilities);
            switch (name)
            {
                case ModelTensors.Label:
                    contents.BytesContents.Add(ByteString.CopyFromUtf8(model.Labels[index]));
                    break;
                case ModelTensors.Probability:
                    contents.Fp32Contents.Add(probabilities[index]);
                    break;
                case ModelTensors.Source:
                    contents.BytesContents.Add(ByteString.CopyFromUtf8(answer.Deferred ? "teacher" : "student"));
                    break;
                case ModelTensors.InScope:
                    contents.BoolContents.Add(model.IsInScope(answer.Confidence)!.Value);
                    break;
                default:
                    contents.Fp32Contents.AddRange(probabilities.ToArray());
                    break;
            }
        }
        int texts = work.Count;
        return new ModelInferResponse.Types.InferOutputTensor { Name = name, Datatype = type, Shape = { shape.Select(size => (long)(size < 0 ? texts : size)) }, Contents = contents };
    }
}
