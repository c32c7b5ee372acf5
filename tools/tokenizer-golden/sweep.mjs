// Every code point in several surroundings: alone, within a word, doubled, among marks that reorder, after letters.
import { Digest, configurations, encode, fromTokens } from './reference.mjs'
import { characters } from './vocabularies.mjs'

const blockSize = 256, digestSize = 4096

const surround = c => [
  c, `a${c}b`, `A${c}${c}Z`, `e\u0301${c}\u0316z`, `x\u{1d165}${c}\u{1d165}y`, `\u1100${c}\u1161${c}\u11a8`, `\u039f\u03a3${c}`,
].join(' ')

export function sweepText(first) {
  const parts = []
  for (let c = first; c < first + blockSize; c++) {
    if (c < 0xd800 || c > 0xdfff) parts.push(surround(String.fromCodePoint(c)))
  }
  return parts.join(' ')
}

// One digest for each 4096 code points: sixteen texts of 256.
export async function sweep() {
  const result = {}
  for (const [name, switches] of Object.entries(configurations)) {
    const tokenizer = fromTokens(characters(), switches)
    result[name] = []
    for (let from = 0; from < 0x110000; from += digestSize) {
      const texts = []
      for (let first = from; first < from + digestSize; first += blockSize) texts.push(sweepText(first))
      const digest = new Digest()
      for (const flat of await encode(tokenizer, texts)) digest.add(flat)
      result[name].push(digest.hex(16))
    }
    console.log(`sweep, ${name}: ${result[name].length} digests`)
  }
  return result
}
