// node make.mjs OUTPUT adversarial|sweep|datasets [DATA MODELS]: writes one of the golden files.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cases } from './cases.mjs'
import { datasets } from './datasets.mjs'
import { Digest, configurations, encode, fromTokens } from './reference.mjs'
import { sweep } from './sweep.mjs'
import { characters, wordPieces } from './vocabularies.mjs'

const ascii = json => json.replace(/[\u007f-\uffff]/g, c => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'))
const list = items => '[\n' + items.map(item => '  ' + JSON.stringify(item)).join(',\n') + '\n]\n'

// A case holds its answers on the word vocabulary in full, on the character vocabulary as the start of a digest.
async function adversarial() {
  const texts = cases(), tokens = wordPieces(), rows = texts.map(text => ({ text, uncased: null, cased: null, characters: {} }))
  for (const name of ['uncased', 'cased']) {
    const answers = await encode(fromTokens(tokens, configurations[name]), texts)
    answers.forEach((flat, k) => { rows[k][name] = flat })
  }
  for (const [name, switches] of Object.entries(configurations)) {
    const answers = await encode(fromTokens(characters(), switches), texts)
    answers.forEach((flat, k) => { rows[k].characters[name] = new Digest().add(flat).hex(8) })
  }
  return rows
}

const parts = {
  async adversarial(output) {
    writeFileSync(join(output, 'words.txt'), wordPieces().join('\n') + '\n')
    const rows = await adversarial()
    writeFileSync(join(output, 'adversarial.jsonl'), rows.map(row => ascii(JSON.stringify(row)) + '\n').join(''))
  },
  async sweep(output) {
    writeFileSync(join(output, 'sweep.json'), JSON.stringify(await sweep(), null, 1) + '\n')
  },
  async datasets(output, data, models) {
    writeFileSync(join(output, 'datasets.json'), list(await datasets(data, models)))
  },
}

const [output, part, data, models] = process.argv.slice(2)
if (!(part in parts)) throw new Error(`the part is ${part}; expected ${Object.keys(parts).join(', ')}`)
mkdirSync(output, { recursive: true })
await parts[part](output, data, models)
