#!/usr/bin/env python3
"""Tiny random classifiers of DistilBERT, RoBERTa and ALBERT, and what NumPy alone computes of them.

Usage: encoder_golden.py TARGET      (tests/Retort.Tests/Teachers/golden)

Writes, for each model, a Hugging Face folder with config.json, model.safetensors (F32, from a seed) and the files of its
tokenizer, and golden.json: for each of several texts, given as token ids with their frame, the first eight values of the
last layer's state of the first token and of the mean over the tokens, and the logits, computed in float64, each text by itself,
without padding. It shares nothing with Retort's code. Needs python3-numpy.
"""
import json
import math
import os
import struct
import sys

import numpy as np

HIDDEN, HEADS, WIDE, POSITIONS, CLASSES = 16, 4, 32, 24, 3
WORDS = ["good", "bad", "film", "a", "the", "plot", "end"]


# --- arithmetic ---------------------------------------------------------------------------------------------------------

def norm(x, weights, name):
    mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return (x - mean) / np.sqrt(variance + weights["epsilon"]) * weights[name + ".weight"] + weights[name + ".bias"]


def linear(x, weights, name):
    return x @ weights[name + ".weight"].T + weights[name + ".bias"]


def gelu(x):
    return x * 0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))


def gelu_new(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x ** 3)))


def attention(query, key, value):
    parts = []
    for head in np.split(np.arange(HIDDEN), HEADS):
        scores = query[:, head] @ key[:, head].T / math.sqrt(len(head))
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        parts.append(scores / scores.sum(-1, keepdims=True) @ value[:, head])
    return np.concatenate(parts, -1)


def distilbert(ids, w, config):
    x = w["distilbert.embeddings.word_embeddings.weight"][ids] + w["distilbert.embeddings.position_embeddings.weight"][:len(ids)]
    x = norm(x, w, "distilbert.embeddings.LayerNorm")
    for k in range(config["n_layers"]):
        at = f"distilbert.transformer.layer.{k}."
        mixed = attention(*(linear(x, w, f"{at}attention.{part}_lin") for part in "qkv"))
        x = norm(linear(mixed, w, at + "attention.out_lin") + x, w, at + "sa_layer_norm")
        x = norm(linear(gelu(linear(x, w, at + "ffn.lin1")), w, at + "ffn.lin2") + x, w, at + "output_layer_norm")
    pooled = np.maximum(linear(x[0], w, "pre_classifier"), 0)
    return x, linear(pooled, w, "classifier")


def roberta(ids, w, config):
    padding = config["pad_token_id"]
    # Padding, where a text spells it out, is not counted and has the position of its own id.
    positions, count = [], padding
    for token in ids:
        count += token != padding
        positions.append(count if token != padding else padding)
    x = (w["roberta.embeddings.word_embeddings.weight"][ids] + w["roberta.embeddings.position_embeddings.weight"][positions]
         + w["roberta.embeddings.token_type_embeddings.weight"][0])
    x = norm(x, w, "roberta.embeddings.LayerNorm")
    for k in range(config["num_hidden_layers"]):
        at = f"roberta.encoder.layer.{k}."
        mixed = attention(*(linear(x, w, f"{at}attention.self.{part}") for part in ("query", "key", "value")))
        x = norm(linear(mixed, w, at + "attention.output.dense") + x, w, at + "attention.output.LayerNorm")
        wide = gelu(linear(x, w, at + "intermediate.dense"))
        x = norm(linear(wide, w, at + "output.dense") + x, w, at + "output.LayerNorm")
    return x, linear(np.tanh(linear(x[0], w, "classifier.dense")), w, "classifier.out_proj")


def albert(ids, w, config):
    x = (w["albert.embeddings.word_embeddings.weight"][ids] + w["albert.embeddings.position_embeddings.weight"][:len(ids)]
         + w["albert.embeddings.token_type_embeddings.weight"][0])
    x = linear(norm(x, w, "albert.embeddings.LayerNorm"), w, "albert.encoder.embedding_hidden_mapping_in")
    activation = gelu_new if config["hidden_act"] == "gelu_new" else gelu
    for k in range(config["num_hidden_layers"]):
        group = k * config["num_hidden_groups"] // config["num_hidden_layers"]
        for inner in range(config["inner_group_num"]):
            at = f"albert.encoder.albert_layer_groups.{group}.albert_layers.{inner}."
            mixed = attention(*(linear(x, w, f"{at}attention.{part}") for part in ("query", "key", "value")))
            x = norm(linear(mixed, w, at + "attention.dense") + x, w, at + "attention.LayerNorm")
            x = norm(linear(activation(linear(x, w, at + "ffn")), w, at + "ffn_output") + x, w, at + "full_layer_layer_norm")
    return x, linear(np.tanh(linear(x[0], w, "albert.pooler")), w, "classifier")


# --- tokenizers ---------------------------------------------------------------------------------------------------------

def wordpiece(folder):
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS, "very", "##ly", "not", "."]
    write(folder, "vocab.txt", "".join(token + "\n" for token in tokens))
    return len(tokens)


def byte_alphabet():
    """GPT-2's bytes_to_unicode: what Latin-1 prints stands for itself, the rest for U+0100 and on."""
    printed = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    return [chr(b) if b in printed else chr(256 + sum(c not in printed for c in range(b))) for b in range(256)]


def byte_pairs(folder):
    merges = []
    for word in [*WORDS, "é", "ing"]:
        parts = [byte_alphabet()[b] for b in (" " + word).encode()]
        while len(parts) > 1:
            merges.append((parts[0], parts[1]))
            parts = [parts[0] + parts[1], *parts[2:]]
    merges += [("o", "o"), ("g", "oo"), ("goo", "d"), ("i", "n"), ("in", "g"), ("Ċ", "Ċ"), ("Ġ", "Ġ"), ("ð", "Ł"), ("ðŁ", "ĺ"), ("'", "s")]
    merges = list(dict.fromkeys(merges))
    tokens = list(dict.fromkeys(["<s>", "<pad>", "</s>", "<unk>", *byte_alphabet(), *(a + b for a, b in merges), "<mask>"]))
    write(folder, "vocab.json", json.dumps({token: k for k, token in enumerate(tokens)}, ensure_ascii=False))
    write(folder, "merges.txt", "#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))
    return len(tokens)


def varint(value):
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def field(number, value):
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def character_map(rules):
    """SentencePiece's precompiled_charsmap: the size of a double array in darts-clone's layout, the array, the texts."""
    texts, trie = b"", {}
    for source, target in rules.items():
        node = trie
        for byte in source.encode():
            node = node.setdefault(byte, {})
        node["leaf"] = len(texts)
        texts += target.encode() + b"\0"
    units, taken, bases = {}, {0}, set()
    waiting = [(0, trie, 0)]
    while waiting:
        place, node, label = waiting.pop(0)
        labels = [0 if key == "leaf" else key for key in node]
        # No two nodes share a base: the label of a unit then says whose child it is.
        base = next(b for b in range(1, 1 << 20) if b not in bases and all(b ^ key not in taken for key in labels))
        bases.add(base)
        taken.update(base ^ key for key in labels)
        units[place] = label | ("leaf" in node) << 8 | (place ^ base) << 10
        for key, child in node.items():
            if key == "leaf":
                units[base] = child | 1 << 31
            else:
                waiting.append((base ^ key, child, key))
    array = [units.get(k, 0) for k in range((max(units) | 255) + 1)]
    return struct.pack("<I", 4 * len(array)) + struct.pack(f"<{len(array)}I", *array) + texts


def sentencepiece(folder):
    normal, unknown, control, own = 1, 2, 3, 4
    pieces = [("<pad>", 0.0, control), ("<unk>", 0.0, unknown), ("[CLS]", 0.0, control), ("[SEP]", 0.0, control), ("[MASK]", 0.0, control),
              ("(", 0.0, own), (")", 0.0, own), (".", 0.0, own), ("-", 0.0, own), ("\"", 0.0, own)]
    pieces += [("▁", -2.0, normal)] + [("▁" + word, -3.0 - k / 8, normal) for k, word in enumerate(WORDS)]
    pieces += [("ing", -4.0, normal), ("good", -4.5, normal), ("oo", -5.0, normal), ("fi", -5.25, normal), ("9,", -5.5, normal), (",", -6.0, normal),
               ("▁9", -6.25, normal), ("電影", -6.5, normal), ("😀", -6.75, normal)]
    pieces += [(letter, -7.0 - k / 16, normal) for k, letter in enumerate("eatoinsrhldcumfpgwybvk9'電影")]
    rules = {blank: " " for blank in "\n\r\t\u3000\u00a0\u0085\u2028\u2029\u200b"} | { "ﬁ": "fi", "Ａ": "A", "…": "...", "①": "1", "a\u0301": "á"}
    model = b"".join(field(1, field(1, text) + field(2, score) + field(3, sort)) for text, score, sort in pieces)
    model += field(2, field(3, 1)) + field(3, field(1, "nmt_nfkc") + field(2, character_map(rules)) + field(3, 1) + field(4, 1) + field(5, 1))
    with open(os.path.join(folder, "spiece.model"), "wb") as file:
        file.write(model)
    return len(pieces)


# --- models -------------------------------------------------------------------------------------------------------------

def shapes_of(kind, config, vocabulary):
    def dense(name, output, source):
        return {name + ".weight": (output, source), name + ".bias": (output,)}

    def scale(name, width=HIDDEN):
        return {name + ".weight": (width,), name + ".bias": (width,)}

    width = config.get("embedding_size", HIDDEN)
    shapes = {f"{kind}.embeddings.word_embeddings.weight": (vocabulary, width), f"{kind}.embeddings.position_embeddings.weight": (POSITIONS, width)}
    if kind != "distilbert":
        shapes[f"{kind}.embeddings.token_type_embeddings.weight"] = (config["type_vocab_size"], width)
    shapes |= scale(f"{kind}.embeddings.LayerNorm", width)
    if kind == "distilbert":
        for k in range(config["n_layers"]):
            at = f"distilbert.transformer.layer.{k}."
            for part in ("q_lin", "k_lin", "v_lin", "out_lin"):
                shapes |= dense(f"{at}attention.{part}", HIDDEN, HIDDEN)
            shapes |= scale(at + "sa_layer_norm") | dense(at + "ffn.lin1", WIDE, HIDDEN) | dense(at + "ffn.lin2", HIDDEN, WIDE)
            shapes |= scale(at + "output_layer_norm")
        return shapes | dense("pre_classifier", HIDDEN, HIDDEN) | dense("classifier", CLASSES, HIDDEN)
    if kind == "roberta":
        for k in range(config["num_hidden_layers"]):
            at = f"roberta.encoder.layer.{k}."
            for part in ("self.query", "self.key", "self.value", "output.dense"):
                shapes |= dense(f"{at}attention.{part}", HIDDEN, HIDDEN)
            shapes |= scale(at + "attention.output.LayerNorm") | dense(at + "intermediate.dense", WIDE, HIDDEN)
            shapes |= dense(at + "output.dense", HIDDEN, WIDE) | scale(at + "output.LayerNorm")
        return shapes | dense("classifier.dense", HIDDEN, HIDDEN) | dense("classifier.out_proj", CLASSES, HIDDEN)
    shapes |= dense("albert.encoder.embedding_hidden_mapping_in", HIDDEN, width)
    for group in range(config["num_hidden_groups"]):
        for inner in range(config["inner_group_num"]):
            at = f"albert.encoder.albert_layer_groups.{group}.albert_layers.{inner}."
            for part in ("query", "key", "value", "dense"):
                shapes |= dense(f"{at}attention.{part}", HIDDEN, HIDDEN)
            shapes |= scale(at + "attention.LayerNorm") | dense(at + "ffn", WIDE, HIDDEN) | dense(at + "ffn_output", HIDDEN, WIDE)
            shapes |= scale(at + "full_layer_layer_norm")
    return shapes | dense("albert.pooler", HIDDEN, HIDDEN) | dense("classifier", CLASSES, HIDDEN)


def draw(shapes, seed):
    random = np.random.default_rng(seed)
    return {name: (random.normal(0, 0.3, shape) + (1 if "norm" in name.lower() and name.endswith("weight") else 0)).astype(np.float32)
            for name, shape in shapes.items()}


def save(path, tensors):
    header, place = {"__metadata__": {"format": "pt"}}, 0
    for name, value in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [place, place + value.nbytes]}
        place += value.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(value.tobytes() for value in tensors.values()))


def write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="utf8", newline="") as file:
        file.write(text)


def make(target, name, kind, compute, tokenizer, config, seed, first, last, longest):
    folder = os.path.join(target, name)
    os.makedirs(folder, exist_ok=True)
    vocabulary = tokenizer(folder)
    config = {"model_type": kind, "vocab_size": vocabulary, "max_position_embeddings": POSITIONS, **config,
              "id2label": {str(k): f"class{k}" for k in range(CLASSES)}}
    write(folder, "config.json", json.dumps(config, indent=2) + "\n")
    tensors = draw(shapes_of(kind, config, vocabulary), seed)
    save(os.path.join(folder, "model.safetensors"), tensors)
    weights = {key: value.astype(np.float64) for key, value in tensors.items()}
    weights["epsilon"] = config.get("layer_norm_eps", 1e-12)
    random = np.random.default_rng(seed + 1)
    results = []
    for length in (0, 1, 4, 9, longest - 2):
        ids = [first, *random.integers(4, vocabulary, length).tolist(), last]
        if kind == "roberta" and length == 9:
            ids[4] = config["pad_token_id"]
        states, logits = compute(ids, weights, config)
        results.append({"ids": ids, "cls": states[0, :8].tolist(), "mean": states.mean(0)[:8].tolist(), "logits": logits.tolist()})
    write(folder, "golden.json", json.dumps(results, indent=1) + "\n")


def main():
    target = sys.argv[1]
    sizes = {"hidden_size": HIDDEN, "num_attention_heads": HEADS, "intermediate_size": WIDE}
    make(target, "distilbert", "distilbert", distilbert, wordpiece,
         {"dim": HIDDEN, "n_layers": 2, "n_heads": HEADS, "hidden_dim": WIDE, "activation": "gelu", "sinusoidal_pos_embds": False},
         31, 2, 3, POSITIONS)
    make(target, "roberta", "roberta", roberta, byte_pairs,
         {**sizes, "num_hidden_layers": 2, "hidden_act": "gelu", "type_vocab_size": 1, "layer_norm_eps": 1e-5, "pad_token_id": 1}, 32, 0, 2, POSITIONS - 2)
    make(target, "albert", "albert", albert, sentencepiece,
         {**sizes, "embedding_size": 8, "num_hidden_layers": 3, "num_hidden_groups": 1, "inner_group_num": 1, "hidden_act": "gelu_new",
          "type_vocab_size": 2, "layer_norm_eps": 1e-12}, 33, 2, 3, POSITIONS)
    make(target, "albert-groups", "albert", albert, wordpiece,
         {**sizes, "embedding_size": 8, "num_hidden_layers": 4, "num_hidden_groups": 2, "inner_group_num": 2, "hidden_act": "gelu",
          "type_vocab_size": 2, "layer_norm_eps": 1e-12}, 34, 2, 3, POSITIONS)


main()
