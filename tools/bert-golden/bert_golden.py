#!/usr/bin/env python3
"""The states of a BERT encoder computed with NumPy alone: an implementation that shares nothing with Retort's.

Usage: bert_golden.py FOLDER "1 2 3" ["4 5" ...]    (each argument: the token ids of one text, [CLS] and [SEP] included)

Reads config.json and model.safetensors (F32 or F16), computes in float64, and prints a JSON list with, for each text,
the first eight values of the last layer's state of the first token and of the mean over the tokens, and the logits
where the folder has a classifier. Needs python3-numpy.
"""
import json
import math
import struct
import sys

import numpy as np


def load(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    kinds = {"F32": np.float32, "F16": np.float16, "I64": np.int64}
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            tensors[name.removeprefix("bert.")] = (
                np.frombuffer(data[begin:end], kinds[entry["dtype"]]).reshape(entry["shape"]).astype(np.float64))
    return tensors


def norm(x, weights, name, epsilon):
    mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return (x - mean) / np.sqrt(variance + epsilon) * weights[name + ".weight"] + weights[name + ".bias"]


def linear(x, weights, name):
    return x @ weights[name + ".weight"].T + weights[name + ".bias"]


def gelu(x, kind):
    if kind == "gelu":
        return x * 0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x ** 3)))


def encode(ids, weights, config):
    epsilon, heads = config.get("layer_norm_eps", 1e-12), config["num_attention_heads"]
    x = (weights["embeddings.word_embeddings.weight"][ids]
         + weights["embeddings.position_embeddings.weight"][: len(ids)]
         + weights["embeddings.token_type_embeddings.weight"][0])
    x = norm(x, weights, "embeddings.LayerNorm", epsilon)
    for layer in range(config["num_hidden_layers"]):
        prefix = f"encoder.layer.{layer}."
        parts = []
        for head in np.split(np.arange(config["hidden_size"]), heads):
            query, key, value = (linear(x, weights, f"{prefix}attention.self.{name}")[:, head]
                                 for name in ("query", "key", "value"))
            scores = query @ key.T / math.sqrt(len(head))
            scores = np.exp(scores - scores.max(-1, keepdims=True))
            parts.append(scores / scores.sum(-1, keepdims=True) @ value)
        attended = linear(np.concatenate(parts, -1), weights, prefix + "attention.output.dense")
        x = norm(x + attended, weights, prefix + "attention.output.LayerNorm", epsilon)
        wide = gelu(linear(x, weights, prefix + "intermediate.dense"), config.get("hidden_act", "gelu"))
        x = norm(x + linear(wide, weights, prefix + "output.dense"), weights, prefix + "output.LayerNorm", epsilon)
    return x


def main():
    folder, texts = sys.argv[1], [[int(word) for word in text.split()] for text in sys.argv[2:]]
    config = json.load(open(folder + "/config.json", encoding="utf8"))
    weights = load(folder + "/model.safetensors")
    results = []
    for ids in texts:
        states = encode(ids, weights, config)
        result = {"ids": ids, "cls": states[0, :8].tolist(), "mean": states.mean(0)[:8].tolist()}
        if "classifier.weight" in weights:
            pooled = np.tanh(linear(states[0], weights, "pooler.dense"))
            result["logits"] = linear(pooled, weights, "classifier").tolist()
        results.append(result)
    print(json.dumps(results, indent=1))


main()
