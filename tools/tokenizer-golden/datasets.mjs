// Real texts: one digest for each data file and tokenizer. The texts themselves stay where they are.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Digest, encode, fromTokenizerFile, fromVocabFile } from './reference.mjs'

const files = ['train.tsv', 'dev.tsv', 'test.tsv', 'unlabeled.tsv']
const chinese = ['chnsenticorp', 'eprstmt_fewshot', 'shop_zh_hotel', 'thucnews10', 'zh_reviews_albert']
const batchSize = 2000

// The first column of every line but the header.
const texts = file => readFileSync(file, 'utf8').replace(/\n$/, '').split('\n').slice(1).map(line => line.split('\t')[0])

export async function datasets(data, models) {
  const english = join(models, 'minilm', 'tokenizer.json'), han = join(models, 'zh-bert-base', 'vocab.txt')
  const readers = {
    minilm: fromTokenizerFile(english, {}),
    'minilm-cased': fromTokenizerFile(english, { lowercase: false }),
    'zh-bert-base': fromVocabFile(han, { lowercase: false }),
    'zh-bert-base-uncased': fromVocabFile(han, {}),
  }
  const rows = []
  for (const set of readdirSync(data).sort()) {
    for (const file of files.filter(name => existsSync(join(data, set, name)))) {
      const lines = texts(join(data, set, file))
      for (const name of Object.keys(readers).filter(name => name.startsWith('zh') === chinese.includes(set))) {
        const digest = new Digest()
        let tokens = 0
        for (let k = 0; k < lines.length; k += batchSize) {
          for (const flat of await encode(readers[name], lines.slice(k, k + batchSize))) {
            digest.add(flat)
            tokens += flat.length / 3
          }
        }
        rows.push({ file: `${set}/${file}`, tokenizer: name, texts: lines.length, tokens, sha256: digest.hex() })
        console.log(JSON.stringify(rows.at(-1)))
      }
    }
  }
  return rows
}
