// What Hugging Face's tokenizers make of some texts with the tiny tokenizers that encoder_golden.py wrote.
// Usage: node token_golden.mjs TARGET [TEXTS]     (tests/Retort.Tests/Teachers/golden)
// Writes tokens.json into roberta and albert there: for each text its ids without their frame; of RoBERTa also with
// add_prefix_space. With TEXTS, a file of lines, it prints the same of each line instead: KIND, a tab, ids.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import tokenizers from 'tokenizers'

const texts = [
  '', ' ', '  ', 'good', ' good', '  good', 'good ', 'good  ', 'Good', 'a good film', 'a  good   film', 'the plot, the end.', 'the\nend', 'the\n\nend\n', '\n\n',
  'the \n end', '\tgood\t', "it's the film's end", "'s", "IT'S", "we'll they're I'd can't I'm we've", "''good''", '``good``', 'x\u3000y', 'a\u00a0good', '\u00a0',
  'café', 'cafe\u0301', 'é', ' é', 'ﬁlm', 'Ａ good', '①', '…', 'good…bad', '9,9', '9,', 'the 9, end', '99,', '1,000', 'a9b', '½', '²', 'Ⅷ', '٣',
  '電影', '好電影', 'a電影b', '𠀀𠀁', '𝒳 good', '😀', '😀😀', ' 😀', 'good😀bad', '👩‍👩‍👧', '🇩🇪', 'ðŁĺĢ', 'Ġgood', '▁good', '▁', 'a▁b', '<mask>', 'a <mask> film',
  'a  <mask>  film', '<s>good</s>', '<pad>', '[MASK]', 'a [MASK] film', '[CLS] good [SEP]', '(good)', '"good"', 'good-bad', '---', '...', 'zzz', 'zqzq', 'goodzbad',
  'going being ing', 'ooo', 'goooood', '\u0000', 'a\u0000b', '\u200b', 'a\u200bgood', '\u00ad', '\u2028', 'a\u2028\u2029b', '\u0085', '\r\n', 'a\r\nb', '\ufeffgood',
  '\ufffd', 'İ', 'ß', 'Straße', 'ÀÉÎ', 'ñ', 'ｆｉｌｍ', '①②', 'a_b', '__', '$9.99', 'a.b.c', 'http://a.b/c?d=e&f', '#good @bad', ' \t\n ', 'the end\n', 'x'.repeat(30),
  'fififi', 'a-b (c) "d".', 'नमस्ते', 'مرحبا', 'สวัสดี', '안녕', 'e\u0301\u0302', '\u0301', 'a \u0301b',
]

const token = (content, id, lstrip = false) => ({ content, id, single_word: false, lstrip, rstrip: false, normalized: false, special: true })
const build = json => tokenizers.Tokenizer.fromString(JSON.stringify({ version: '1.0', truncation: null, padding: null, post_processor: null, decoder: null, ...json }))

function roberta(folder, addPrefixSpace) {
  const vocab = JSON.parse(readFileSync(join(folder, 'vocab.json'), 'utf8'))
  const merges = readFileSync(join(folder, 'merges.txt'), 'utf8').split('\n').filter(line => line && !line.startsWith('#version'))
  return build({
    added_tokens: ['<s>', '<pad>', '</s>', '<unk>', '<mask>'].map(name => token(name, vocab[name], name === '<mask>')),
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: addPrefixSpace, trim_offsets: true, use_regex: true },
    model: { type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: '', end_of_word_suffix: '', fuse_unk: false, byte_fallback: false, vocab, merges },
  })
}

// The fields of a SentencePiece model that its converter reads.
function fields(bytes) {
  const all = []
  for (let at = 0; at < bytes.length;) {
    const varint = () => { let value = 0, shift = 1; for (;;) { const b = bytes[at++]; value += (b & 127) * shift; shift *= 128; if (b < 128) return value } }
    const tag = varint(), kind = tag & 7
    if (kind === 0) all.push([tag >> 3, varint()])
    else if (kind === 5) { all.push([tag >> 3, bytes.readFloatLE(at)]); at += 4 }
    else { const length = varint(); all.push([tag >> 3, bytes.subarray(at, at += length)]) }
  }
  return all
}

// As transformers' AlbertConverter does it, and with blanks taken from both ends, as SentencePiece itself does.
function albert(folder) {
  const model = fields(readFileSync(join(folder, 'spiece.model')))
  const pieces = model.filter(([n]) => n === 1).map(([, bytes]) => Object.fromEntries(fields(bytes)))
  const vocab = pieces.map(piece => [piece[1].toString('utf8'), piece[2]])
    .map(([text, score]) => [text, /\p{Nd},$/u.test(text) ? score - 100 : score])
  const id = name => vocab.findIndex(([text]) => text === name)
  const map = fields(model.find(([n]) => n === 3)[1]).find(([n]) => n === 2)[1]
  return build({
    added_tokens: ['<pad>', '<unk>', '[CLS]', '[SEP]', '[MASK]'].map(name => token(name, id(name), name === '[MASK]')),
    normalizer: { type: 'Sequence', normalizers: [
      { type: 'Replace', pattern: { String: '``' }, content: '"' }, { type: 'Replace', pattern: { String: "''" }, content: '"' },
      { type: 'NFKD' }, { type: 'StripAccents' }, { type: 'Lowercase' },
      { type: 'Precompiled', precompiled_charsmap: map.toString('base64') },
      { type: 'Replace', pattern: { Regex: ' {2,}' }, content: ' ' }, { type: 'Strip', strip_left: true, strip_right: true },
    ] },
    pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: false },
    model: { type: 'Unigram', unk_id: 1, vocab, byte_fallback: false },
  })
}

async function ids(tokenizer, list) {
  return (await tokenizer.encodeBatch(list, { addSpecialTokens: false })).map(encoding => encoding.getIds())
}

const [target, file] = process.argv.slice(2)
const inputs = file ? readFileSync(file, 'utf8').replace(/\n$/, '').split('\n') : texts
const [plain, prefixed, pieces] = [await ids(roberta(join(target, 'roberta'), false), inputs), await ids(roberta(join(target, 'roberta'), true), inputs),
  await ids(albert(join(target, 'albert')), inputs)]
const lines = rows => '[\n' + rows.map(row => JSON.stringify(row)).join(',\n') + '\n]\n'
if (file) {
  for (const [kind, rows] of [['roberta', plain], ['albert', pieces]]) for (const row of rows) console.log(`${kind}\t${row.join(' ')}`)
} else {
  writeFileSync(join(target, 'roberta', 'tokens.json'), lines(inputs.map((text, k) => ({ text, ids: plain[k], prefixed: prefixed[k] }))))
  writeFileSync(join(target, 'albert', 'tokens.json'), lines(inputs.map((text, k) => ({ text, ids: pieces[k] }))))
}
