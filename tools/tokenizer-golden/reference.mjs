// The reference tokenizer, its answers in UTF-16 code units, and digests of them.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import tokenizers from 'tokenizers'

export const specials = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']

// Switches as in tokenizer.json; stripAccents null follows lowercase.
export const configurations = {
  uncased: {},
  cased: { lowercase: false },
  'uncased-accents-kept': { strip_accents: false },
  'cased-accents-stripped': { lowercase: false, strip_accents: true },
  raw: { clean_text: false, handle_chinese_chars: false, strip_accents: false, lowercase: false },
}

function build(vocab, added, switches) {
  return tokenizers.Tokenizer.fromString(JSON.stringify({
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: added,
    normalizer: {
      type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true,
      ...switches,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: null,
    decoder: null,
    model: {
      type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100, vocab,
    },
  }))
}

// A list of tokens becomes what the library's converter makes of a vocab.txt: the five named tokens are special.
export function fromTokens(tokens, switches) {
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]))
  const added = specials.filter(token => token in vocab).map(content => ({
    id: vocab[content], content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true,
  }))
  return build(vocab, added, switches)
}

export const fromVocabFile = (file, switches) =>
  fromTokens(readFileSync(file, 'utf8').replace(/\r?\n$/, '').split(/\r?\n/), switches)

export function fromTokenizerFile(file, switches) {
  const json = JSON.parse(readFileSync(file, 'utf8'))
  return build(json.model.vocab, json.added_tokens, { ...json.normalizer, ...switches })
}

// One flat row: id, start, end, id, start, end …
function row(text, encoding) {
  const ids = encoding.getIds(), offsets = encoding.getOffsets(), flat = new Array(3 * ids.length)
  let units = null
  if (/[\ud800-\udbff][\udc00-\udfff]/.test(text)) {
    units = [0]
    for (const c of text) units.push(units.at(-1) + c.length)
  }
  for (let k = 0; k < ids.length; k++) {
    flat[3 * k] = ids[k]
    flat[3 * k + 1] = units ? units[offsets[k][0]] : offsets[k][0]
    flat[3 * k + 2] = units ? units[offsets[k][1]] : offsets[k][1]
  }
  return flat
}

export async function encode(tokenizer, texts) {
  const encodings = await tokenizer.encodeBatch(texts, { addSpecialTokens: false })
  return encodings.map((encoding, k) => row(texts[k], encoding))
}

// SHA-256 over little-endian 32-bit numbers: of each text the number of tokens, then the row.
export class Digest {
  #hash = createHash('sha256')

  add(flat) {
    this.#hash.update(new Uint8Array(Int32Array.from([flat.length / 3, ...flat]).buffer))
    return this
  }

  hex(length = 64) {
    return this.#hash.digest('hex').slice(0, length)
  }
}
