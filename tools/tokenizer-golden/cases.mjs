// Adversarial texts: some by hand, most from a seeded generator over alphabets chosen to go wrong.
const alphabets = {
  letters: [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'],
  words: ['the', 'Unaffable', 'tokens', 'CAFÉ', 'naïve', 'Straße', 'İstanbul', 'ΟΔΟΣ', 'ΣΊΣΥΦΟΣ', 'don\'t', 'x', '2024'],
  punctuation: [...'!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~', ...'…—–‘’“”«»¿¡。，、！？；：（）《》「」·§¶†‡‰'],
  symbols: [...'€£¥©®™°±×÷≠≮≯≤∉→←★♥①½ﬁ㎏𝔸´¨¯¸'],
  blanks: [' ', '  ', '\t', '\n', '\r', '\r\n', '\u000b', '\u000c', '\u0085', '\u00a0', '\u1680', '\u180e', '\u2000', '\u2003',
    '\u2028', '\u2029', '\u202f', '\u205f', '\u3000', '\u200b', '\ufeff'],
  controls: ['\u0000', '\u0001', '\u0008', '\u001b', '\u001c', '\u001f', '\u007f', '\u009f', '\u00ad', '\u061c', '\u200d', '\u200e',
    '\u202e', '\u2060', '\ufff9', '\ufffd', '\u{e0001}', '\u{e0041}', '\u{1d173}'],
  unassigned: ['\ue000', '\uf123', '\uf8ff', '\u{f0000}', '\u{ffffd}', '\u{100000}', '\u{10fffd}', '\u0378', '\ufdd0', '\uffff', '\u{1fffe}',
    '\u{e0000}', '\u{3fffd}', '\u08e2', '\u0890'],
  marks: ['\u0300', '\u0301', '\u0307', '\u0308', '\u0316', '\u0323', '\u0327', '\u0328', '\u031b', '\u0334', '\u0338', '\u0340', '\u0343',
    '\u0344', '\u0345', '\u035c', '\u0360', '\u05b0', '\u0591', '\u064b', '\u0670', '\u093c', '\u094d', '\u0e38', '\u0f71', '\u0f72',
    '\u0f73', '\u0f81', '\u1ab0', '\u20d0', '\u302a', '\u302e', '\u3099', '\u309a', '\ufe20', '\u{1d165}', '\u{1d166}', '\u{1d16d}',
    '\u{1d16e}', '\u{1d17b}', '\u{1d185}', '\u{16ff0}', '\u{11046}', '\u1734', '\u1885', '\ua9bd', '\u{1171e}', '\u{111c9}', '\u1dfa'],
  composed: [...'éèüñçøåÅžşğőłđßıİſẛạậệờựṩḉǖǭΐΰᾷῼΆΏйёЙЇўк҃ؤऩक़ড়ਲ਼ୋொೋേෝཀྵཱིဦᬆが\u30d7\u0958', '\u212a', '\u212b', '\u2126', '\u1e9e', '\u01c5', '\u1f88',
    '\u{1d15e}', '\u{1d160}', '\u{1d1bc}', '\u{1109a}', '\u{1134b}', '\u{114bc}', '\u{115ba}', '\u{11938}', '\u2adc', '\ufb1d', '\u2329', '\u037e', '\u0387', '\u1fef'],
  hangul: [...'한국어글각갂힣가', '\u1100', '\u1161', '\u11a8', '\u11a7', '\u115f', '\ua960', '\ud7b0'],
  han: [...'中文汉字漢豈更車㐀䶵一鿿〇々〆', '\u4dbf', '\u9fff', '\uf900', '\ufa0e', '\ufa1f', '\ufa70', '\ufaff', '\u{20000}', '\u{2a6df}', '\u{2a6e0}',
    '\u{2a700}', '\u{2b73f}', '\u{2b740}', '\u{2b81f}', '\u{2b820}', '\u{2b91f}', '\u{2b920}', '\u{2ceaf}', '\u{2ceb0}', '\u{2ebf0}', '\u{2f800}', '\u{2fa1d}',
    '\u{2fa1f}', '\u{30000}', '\u{31350}', '\u2e80', '\u2f00', '\u31c0', '\u3105', '\uff21', '\uff66'],
  emoji: ['😀', '👍🏽', '👨‍👩‍👧', '🇨🇳', '❤️', '☎︎', '1️⃣', '🏴󠁧󠁢󠁥󠁮󠁧󠁿'],
  surrogates: ['\ud800', '\udbff', '\udc00', '\udfff', '\ud83d', '\ude00', '\ude00\ud83d'],
  specials: ['[MASK]', '[UNK]', '[CLS]', '[SEP]', '[PAD]', '[mask]', '[Mask]', '[MASK', 'MASK]', '[[MASK]]', '[MA\u0301SK]', '[ MASK ]',
    '[MASK][MASK]', '[unused1]', '##ing', '##', '[\u0000MASK]', '［MASK］'],
}

const byHand = [
  '', ' ', '\n\t', '\u0000', '\ufffd', '\ud800', '\ud83d\ude00', 'Hello, World!', 'unaffable', 'UNAFFABLE', 'un affable',
  'Ähnlich ähnlich', 'e\u0301', 'E\u0301X', '\u0301e', '\u0301', ' \u0301 ', 'a\u0301\u0301\u0301b', 'İI\u0307iı', 'ΑΣ ΑΣΑ Σ ΣΣ', 'ǅ Ǆ ǆ',
  'ẞ ß SS', 'ﬁ ﬂ ﬀ', '\u212a\u212b\u2126', '≠ ≮ a≠b', '\u037e\u0387\u1fef', 'a\u00adb', 'a\u200bb', 'a\u200db', 'a\ufeffb', 'a\ue000b',
  'a\u0378b', '\u{e0041}', 'don\'t can\'t', 'e-mail@example.com', 'http://a.b/c?d=e&f=g#h', '$1,000.00', 'C++ C# .NET', 'a_b',
  '[MASK]', 'a[MASK]b', '[MASK] [MASK]', '[MASK', '[[MASK]]', '[mask]', '[CLS] hello [SEP]', '[PAD][PAD]', '[UNK]x', 'x[UNK]',
  'e[MASK]\u0301', '\ud83d[MASK]\ude00', '[MASK]'.repeat(50), '['.repeat(200), '[MASK]]MASK]', '[CLS[MASK]SEP]',
  '한국어', '\u1112\u1161\u11ab', '가\u11a8', '中文', 'a中b', '中\u0301文', '豈\u0301', '\u{2f800}x', '𠀀a', '㐀', '\u{2b820}', '\u{2ceb0}x', '〇々',
  'カ\u3099', 'ガ', 'が', 'ｶﾞ', 'Ａｂｃ', '\u{1d15e}', 'x\u{1d15e}\u0316y', '\u{1d158}\u{1d165}\u{1d16e}', '\u0344\u0316', 'a\u0344\u{1d165}\u0316b',
  'a\u{1d165}\u0344\u{1d165}b', 'a\u0f73\u{1d165}\u0f71b', 'a\u302e\u0301\u302fb', '👨‍👩‍👧‍👦', '🇨🇳🇺🇸', '1️⃣', '😀😀', 'a😀b', '\ude00\ud83d',
]

// Words about the limit of 100 characters, counted after normalization.
function longWords() {
  const result = []
  for (const n of [99, 100, 101, 200, 201]) {
    for (const unit of ['a', 'X', 'abc', 'é', 'e\u0301', '\u00ad', 'a\u00ad', '😀', '한', '\u{1d15e}', '\u0301', '\u302e', 'q\u0323\u0307'])
      result.push(unit.repeat(n), `the ${unit.repeat(n)} of`)
    result.push('b'.repeat(n) + '\u0301c', 'b'.repeat(n - 1) + 'İ', 'b'.repeat(n - 1) + 'é', 'b'.repeat(n) + '.', 'b'.repeat(n) + '中')
  }
  return [...result, 'a'.repeat(5000), 'é'.repeat(1000)]
}

// A small linear congruential generator: the cases must not change with the runtime.
function generator(seed) {
  let state = seed >>> 0
  return limit => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor(state / 2 ** 32 * limit)
  }
}

function random(count) {
  const next = generator(20240229), names = Object.keys(alphabets), texts = []
  const pick = list => list[next(list.length)]
  while (texts.length < count) {
    // A few alphabets a text, so that their members meet.
    const chosen = Array.from({ length: 1 + next(4) }, () => alphabets[pick(names)])
    let text = ''
    for (let k = 1 + next(24); k > 0; k--) text += pick(next(8) === 0 ? alphabets.blanks : pick(chosen))
    texts.push(text)
  }
  return texts
}

// Runs of marks between letters: canonical reordering and what becomes of the extents.
function markRuns(count) {
  const next = generator(7), texts = []
  const pick = list => list[next(list.length)]
  while (texts.length < count) {
    let text = next(4) === 0 ? '' : pick(alphabets.letters)
    for (let k = 1 + next(3); k > 0; k--) {
      for (let m = 1 + next(next(20) === 0 ? 40 : 6); m > 0; m--) text += pick(next(3) === 0 ? alphabets.composed : alphabets.marks)
      text += pick(alphabets.letters)
    }
    texts.push(text)
  }
  return texts
}

// Every member at the very beginning of a text, where no character stands before it.
const alone = () => Object.values(alphabets).flat().flatMap(text => [text, text + 'a\u0316', text + text + 'b'])

export const cases = () => [...new Set([...byHand, ...alone(), ...longWords(), ...random(1200), ...markRuns(500)])]
