// Two vocabularies by rule. "characters" tells every character apart; "words" has pieces to choose between.
import { specials } from './reference.mjs'

const isSurrogate = c => c >= 0xd800 && c < 0xe000

// Ids by a formula that the test repeats: the specials, then c and ##c for each code point of planes 0 to 2.
export function characters() {
  const tokens = [...specials]
  for (let c = 0x21; c < 0x30000; c++) {
    if (!isSurrogate(c)) tokens.push(String.fromCodePoint(c), '##' + String.fromCodePoint(c))
  }
  return tokens
}

const words = `the of and to in a is was it for on as with his he be by at that had not are but from or have an they
which one you were all her she there would their we him been has when who will no more if out so up said what its about
than into them can only other time new some could these two may first then do any like my now over such our man me even
most made after also did many off before must well back through years much where your way down should because long each
just state those people too mr how good world very year still see men work life between never under last day same house
un able ing ed er est ly tion ness ment ful less re pre dis token piece word unaffable cafe naive resume strasse istanbul
don t s ll ve hello mask cls sep pad unk 10 100 2024 ab abc abcd bc cd bcd abcde x xx xxx xxxx`.split(/\s+/)

const letters = 'éèüßñçøåæœžşığőłđðþİıſÉÜÑÇαβγδεζηθικλμνξοπρστυφχψωςΑΒΓΔΣΩάέήίόύώабвгдежзийклмнопрстуфхцчшщъыьэюяАБВЙЁё'
  + 'אבגדהابتثजझकिीुกขคงจฉ한국어글ᄀᄂ다ᅢᆨᆫ中文汉字漢語日本の人大小上下你好我的了是不在有豈更車㐀䶵𠀀𪛖𪜀𫝀𫠠𬺰'
  + '…—–‘’“”«»¿¡。，、！？；：（）《》「」～·€£¥§©®™°±×÷≠≤→←★☆♥😀😂🔥👍🏽👨👩👧🇨🇳①②½ﬁﬂ㎏𝔸𝒳𝐀\u0301\u0307\u0327\u0903\u302e\u{1d165}\u{1d157}'

export function wordPieces() {
  const tokens = new Set(specials)
  for (let k = 0; k < 20; k++) tokens.add(`[unused${k}]`)
  for (let c = 0x21; c < 0x7f; c++) tokens.add(String.fromCharCode(c)).add('##' + String.fromCharCode(c))
  for (const c of letters) tokens.add(c).add('##' + c)
  for (const word of words) {
    tokens.add(word).add('##' + word)
    tokens.add(word[0].toUpperCase() + word.slice(1)).add(word.toUpperCase())
  }
  return [...tokens]
}
