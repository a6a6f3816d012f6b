/**
 * `vitrine parse FILE.wat`: text → .wasm. `vitrine print FILE.wasm`: .wasm → text. Both take any features of the language, and
 * write to a file or to stdout. Called by main.ts.
 */
import { closeSync } from 'node:fs'
import { printChunks } from '../text/index.ts'
import { type Parsed, UsageError } from './args.ts'
import { Buffered, emitBytes, outputFile } from './output.ts'
import { type Session, SourceFile } from './program.ts'

export async function parseCommand(parsed: Parsed, session: Session): Promise<number> {
  const file = await fileOf(parsed, session, 'parse').read({ names: !parsed.has('no-names'), text: true })
  if (!file.text) throw new UsageError(`${file.path} is not text`, 'vitrine print shows a .wasm file as text')
  const fd = outputFile(parsed.get('output'))
  if (fd === 1 && process.stdout.isTTY) throw new UsageError('a .wasm file is nothing for a terminal', 'write it to a file: -o FILE')
  emitBytes(fd, file.bytes)
  if (fd > 2) closeSync(fd)
  return 0
}

export async function printCommand(parsed: Parsed, session: Session): Promise<number> {
  const file = await fileOf(parsed, session, 'print').read()
  const module = file.decode()
  const fd = outputFile(parsed.get('output'))
  const out = new Buffered(fd)
  const options = {
    folded: !parsed.has('flat'),
    names: !parsed.has('no-names'),
    offsets: parsed.has('offsets'),
    types: parsed.has('types'),
  }
  try {
    printChunks(module, options, (chunk) => {
      if (!out.write(chunk)) throw readerGone
    })
    out.flush()
  } catch (error) {
    if (error !== readerGone) throw error
  } finally {
    if (fd > 2) closeSync(fd)
  }
  return 0
}

/** Ends the printing early. */
const readerGone = new Error('nobody reads any more')

function fileOf(parsed: Parsed, session: Session, command: string): SourceFile {
  if (parsed.operands.length > 1) throw new UsageError(`${command} takes one file`)
  return (session.file = new SourceFile(parsed.operands[0]!))
}
