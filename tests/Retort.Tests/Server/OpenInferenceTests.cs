using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Retort.Runtime;
using Retort.Server.Protocol.Grpc;
using Retort.Tests.Pipeline;

namespace Retort.Tests.Server;

/// <summary>The Open Inference Protocol over HTTP and gRPC, as its specification has it.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class OpenInferenceTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private static readonly string[] Texts = ["a good film", "the bad plot", "词"];

    [Fact]
    public async Task Health_and_metadata_are_told()
    {
        Assert.True((bool)(await server.Client.GetJsonAsync("/v2/health/live"))["live"]!);
        Assert.True((bool)(await server.Client.GetJsonAsync("/v2/health/ready"))["ready"]!);
        JsonNode about = await server.Client.GetJsonAsync("/v2");
        Assert.Equal(("retort", 0), ((string?)about["name"], about["extensions"]!.AsArray().Count));
        JsonNode model = await server.Client.GetJsonAsync("/v2/models/reviews");
        Assert.Equal(("reviews", "retort_textcnn"), ((string?)model["name"], (string?)model["platform"]));
        Assert.Equal(["text"], model["inputs"]!.AsArray().Select(input => (string?)input!["name"]));
        Assert.Equal(["label", "probability", "probabilities", "source", "in_scope"], model["outputs"]!.AsArray().Select(output => (string?)output!["name"]));
        string version = (string)model["versions"]![0]!;
        Assert.Equal("reviews", (string?)(await server.Client.GetJsonAsync($"/v2/models/reviews/versions/{version}"))["name"]);
        Assert.True((bool)(await server.Client.GetJsonAsync($"/v2/models/reviews/versions/{version}/ready"))["ready"]!);
        Assert.True((bool)(await server.Client.GetJsonAsync("/v2/models/plain/ready"))["ready"]!);
    }

    [Theory]
    [InlineData("""[3]""", """["a good film","the bad plot","词"]""")]
    [InlineData("""[3,1]""", """[["a good film"],["the bad plot"],["词"]]""")]
    public async Task Texts_are_inferred(string shape, string data)
    {
        using var classifier = TextClassifier.Load(server.Student);
        JsonNode answer = await server.Client.AskAsync("/v2/models/plain/infer",
            """{"id":"42","parameters":{"any":1},"inputs":[{"name":"text","shape":SHAPE,"datatype":"BYTES","data":DATA,"parameters":{"x":true}}]}"""
                .Replace("SHAPE", shape, StringComparison.Ordinal).Replace("DATA", data, StringComparison.Ordinal));
        Assert.Equal(("plain", "42"), ((string?)answer["model_name"], (string?)answer["id"]));
        JsonArray outputs = answer["outputs"]!.AsArray();
        Assert.Equal(["label", "probability", "probabilities"], outputs.Select(output => (string?)output!["name"]));
        Assert.Equal([3, 2], outputs[2]!["shape"]!.AsArray().Select(size => (int)size!));
        Classification[] own = classifier.ClassifyAll(Texts);
        Assert.Equal(own.Select(one => one.Label), outputs[0]!["data"]!.AsArray().Select(label => (string)label!));
        Assert.Equal(own.Select(one => one.Probability), outputs[1]!["data"]!.AsArray().Select(value => (float)value!));
        Assert.Equal(6, outputs[2]!["data"]!.AsArray().Count);
    }

    [Fact]
    public async Task Only_the_outputs_that_are_asked_for_are_told()
    {
        JsonNode answer = await server.Client.AskAsync("/v2/models/reviews/infer",
            """{"inputs":[{"name":"text","shape":[1],"datatype":"BYTES","data":["a good film"]}],"outputs":[{"name":"source"},{"name":"label","parameters":{}}]}""");
        Assert.Equal(["source", "label"], answer["outputs"]!.AsArray().Select(output => (string?)output!["name"]));
        Assert.Null(answer["id"]);
    }

    [Theory]
    [InlineData("""{"inputs":[]}""", "inputs is empty")]
    [InlineData("""{}""", "inputs is missing")]
    [InlineData("""{"inputs":[{"name":"txt","shape":[1],"datatype":"BYTES","data":["a"]}]}""", "not called text")]
    [InlineData("""{"inputs":[{"name":"text","shape":[1],"datatype":"FP32","data":["a"]}]}""", "not BYTES")]
    [InlineData("""{"inputs":[{"name":"text","shape":[2],"datatype":"BYTES","data":["a"]}]}""", "says 2 texts and 1 came")]
    [InlineData("""{"inputs":[{"name":"text","shape":[1,2],"datatype":"BYTES","data":["a","b"]}]}""", "not [n] or [n, 1]")]
    [InlineData("""{"inputs":[{"name":"text","shape":[-1],"datatype":"BYTES","data":["a"]}]}""", "not [n] or [n, 1]")]
    [InlineData("""{"inputs":[{"name":"text","shape":[99999999999999999999],"datatype":"BYTES","data":["a"]}]}""", "not [n] or [n, 1]")]
    [InlineData("""{"inputs":[{"name":"text","shape":[0],"datatype":"BYTES","data":[]}]}""", "at least one text")]
    [InlineData("""{"inputs":[{"name":"text","shape":[1],"datatype":"BYTES","data":[[["a"]]]}]}""", "an array: expected a string")]
    [InlineData("""{"inputs":[{"name":"text","shape":[2],"datatype":"BYTES","data":["a"],"data":["b"]}]}""", "data once")]
    [InlineData("""{"inputs":[{"name":"text","shape":[1],"datatype":"BYTES","data":["a"]},{"name":"b"}]}""", "more than one input")]
    [InlineData("""{"inputs":[{"name":"text","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":3}}]}""", "binary_data_size")]
    [InlineData("""{"inputs":[{"name":"text","shape":[1],"datatype":"BYTES","data":["a"]}],"outputs":[{"name":"x"}]}""", "no output of this name")]
    public async Task What_is_wrong_is_named_in_the_protocol_s_way_too(string body, string said)
    {
        using HttpResponseMessage response = await server.Client.PostAsync("/v2/models/plain/infer", body);
        JsonNode problem = JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        Assert.Contains(said, (string)problem["error"]!, StringComparison.Ordinal);
        await response.AssertProblemAsync(400, "invalid_field", "invalid_text", "unknown_field");
    }

    [Theory]
    [InlineData("/v2/models/none/infer", "unknown_model")]
    [InlineData("/v2/models/plain/versions/000000000000/infer", "unknown_version")]
    public async Task Another_model_or_version_is_not_found(string path, string code)
    {
        using HttpResponseMessage response = await server.Client.PostAsync(path, """{"inputs":[{"name":"text","shape":[1],"datatype":"BYTES","data":["a"]}]}""");
        await response.AssertProblemAsync(404, code);
    }

    [Fact]
    public async Task The_same_goes_over_gRPC()
    {
        using GrpcChannel channel = GrpcChannel.ForAddress(server.GrpcAddress);
        Assert.True((await CallAsync(channel, "ServerLive", new ServerLiveRequest(), ServerLiveResponse.Parser)).Live);
        Assert.True((await CallAsync(channel, "ServerReady", new ServerReadyRequest(), ServerReadyResponse.Parser)).Ready);
        Assert.Equal("retort", (await CallAsync(channel, "ServerMetadata", new ServerMetadataRequest(), ServerMetadataResponse.Parser)).Name);
        Assert.True((await CallAsync(channel, "ModelReady", new ModelReadyRequest { Name = "plain" }, ModelReadyResponse.Parser)).Ready);
        ModelMetadataResponse model = await CallAsync(channel, "ModelMetadata", new ModelMetadataRequest { Name = "plain" }, ModelMetadataResponse.Parser);
        Assert.Equal(["label", "probability", "probabilities"], model.Outputs.Select(output => output.Name));
        using var classifier = TextClassifier.Load(server.Student);
        Classification[] own = classifier.ClassifyAll(Texts);
        foreach (ModelInferRequest request in (ModelInferRequest[])[Request(raw: false), Request(raw: true)])
        {
            ModelInferResponse answer = await CallAsync(channel, "ModelInfer", request, ModelInferResponse.Parser);
            Assert.Equal(("plain", "7", model.Versions[0]), (answer.ModelName, answer.Id, answer.ModelVersion));
            Assert.Equal(own.Select(one => one.Label), answer.Outputs[0].Contents.BytesContents.Select(label => label.ToStringUtf8()));
            Assert.Equal(own.Select(one => one.Probability), answer.Outputs[1].Contents.Fp32Contents);
            Assert.Equal([3L, 2L], answer.Outputs[2].Shape);
        }
    }

    [Fact]
    public async Task Over_gRPC_what_is_wrong_has_a_status()
    {
        using GrpcChannel channel = GrpcChannel.ForAddress(server.GrpcAddress);
        async Task Refused(StatusCode status, string said, Action<ModelInferRequest> edit, bool raw = false)
        {
            ModelInferRequest request = Request(raw);
            edit(request);
            RpcException error = await Assert.ThrowsAsync<RpcException>(() => CallAsync(channel, "ModelInfer", request, ModelInferResponse.Parser));
            Assert.Equal(status, error.StatusCode);
            Assert.Contains(said, error.Status.Detail, StringComparison.Ordinal);
        }
        await Refused(StatusCode.NotFound, "unknown_model", request => request.ModelName = "none");
        await Refused(StatusCode.NotFound, "unknown_version", request => request.ModelVersion = "1");
        await Refused(StatusCode.InvalidArgument, "expected text alone", request => request.Inputs.Add(request.Inputs[0]));
        await Refused(StatusCode.InvalidArgument, "once at most", request => request.Outputs.AddRange(Enumerable.Repeat(new ModelInferRequest.Types.InferRequestedOutputTensor { Name = "label" }, 2)));
        await Refused(StatusCode.InvalidArgument, "once at most", request => request.Outputs.AddRange(Enumerable.Repeat(new ModelInferRequest.Types.InferRequestedOutputTensor { Name = "probabilities" }, 50_000)));
        await Refused(StatusCode.InvalidArgument, "says 9 texts", request => request.Inputs[0].Shape[0] = 9);
        await Refused(StatusCode.InvalidArgument, "not UTF-8", request => request.Inputs[0].Contents.BytesContents[0] = ByteString.CopyFrom(0xff));
        await Refused(StatusCode.InvalidArgument, "ends within a text", request => request.RawInputContents[0] = ByteString.CopyFrom(9, 0, 0, 0, 1), raw: true);
        await Refused(StatusCode.InvalidArgument, "ends within a text", request => request.RawInputContents[0] = ByteString.CopyFrom(255, 255, 255, 255, 1), raw: true);
        await Refused(StatusCode.InvalidArgument, "either contents or", request => request.RawInputContents.Add(ByteString.Empty));
        await Refused(StatusCode.InvalidArgument, "too_many_texts", request => request.Inputs[0].Contents.BytesContents.AddRange(Enumerable.Repeat(ByteString.CopyFromUtf8("a"), 300)));
        await Refused(StatusCode.ResourceExhausted, "", request => request.Inputs[0].Contents.BytesContents.Add(ByteString.CopyFrom(new byte[2 << 20])));
    }

    private static ModelInferRequest Request(bool raw)
    {
        var input = new ModelInferRequest.Types.InferInputTensor { Name = "text", Datatype = "BYTES", Shape = { Texts.Length } };
        var request = new ModelInferRequest { ModelName = "plain", Id = "7", Inputs = { input } };
        if (!raw)
        {
            input.Contents = new InferTensorContents { BytesContents = { Texts.Select(ByteString.CopyFromUtf8) } };
            return request;
        }
        using var bytes = new MemoryStream();
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (string text in Texts)
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(text);
            BinaryPrimitives.WriteInt32LittleEndian(length, utf8.Length);
            bytes.Write(length);
            bytes.Write(utf8);
        }
        request.RawInputContents.Add(ByteString.CopyFrom(bytes.ToArray()));
        return request;
    }

    // By the names on the wire, not through a generated client.
    internal static async Task<TResponse> CallAsync<TRequest, TResponse>(GrpcChannel channel, string name, TRequest request, MessageParser<TResponse> parser)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        var method = new Method<TRequest, TResponse>(MethodType.Unary, "inference.GRPCInferenceService", name,
            Marshallers.Create<TRequest>(message => message.ToByteArray(), _ => throw new NotSupportedException()),
            Marshallers.Create<TResponse>(message => message.ToByteArray(), parser.ParseFrom));
        return await channel.CreateCallInvoker().AsyncUnaryCall(method, null, new CallOptions(cancellationToken: TestContext.Current.CancellationToken), request);
    }
}
