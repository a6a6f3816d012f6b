/**
 * Writing to the process's own stdout and stderr: synchronously, so that nothing is lost at the end, and without a crash
 * when the reader has gone (`| head`). Used by all commands.
 */
import { openSync, writeSync } from 'node:fs'
import { SysError } from '../host/errno.ts'
import { fdOutput } from '../host/node/stdio.ts'
import { hiddenCharacters } from '../text/source.ts'
import { UsageError } from './args.ts'
import { systemMessage } from './system.ts'

/** Standard output or an output file cannot take any more: the disk is full, say. `message` has the system's word for it. */
export class OutputError extends Error {}

/**
 * Writes all of a text; false when nobody reads any more. Whatever else goes wrong is an OutputError.
 * Names in a module may be anything: what could move the cursor, recolour or reorder a line is written `\\u001b`, which is
 * right in JSON as well.
 */
export function emit(fd: number, text: string): boolean {
  return emitBytes(fd, Buffer.from(text.replace(hiddenCharacters, escape)))
}

function escape(char: string, at: number, text: string): string {
  const harmless = char === '\n' || char === '\t' || (char === '\r' && text[at + 1] === '\n')
  return harmless ? char : `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** The same for bytes. */
export function emitBytes(fd: number, bytes: Uint8Array): boolean {
  if (fd > 2) {
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done)
      return true
    } catch (error) {
      throw new OutputError(`cannot write the output file: ${systemMessage(error)}`)
    }
  }
  const output = fdOutput(fd)
  try {
    for (let done = 0; done < bytes.length;) done += output.write(bytes.subarray(done)) as number
    return true
  } catch (error) {
    if (!(error instanceof SysError)) throw error
    if (fd === 2 || error.errno === 'pipe') return false
    throw new OutputError(`cannot write to standard output: ${words[error.errno] ?? error.errno}`)
  }
}

const words: Readonly<Record<string, string>> = { nospc: 'no space left on device', io: 'input/output error' }

export const print = (text: string): boolean => emit(1, `${text}\n`)
export const complain = (text: string): boolean => emit(2, `${text}\n`)
/** A line with colours in it (`\\x1b[31m`), which are all that is let through. */
export const printStyled = (text: string): boolean => {
  const parts = `${text}\n`.split(style)
  return emitBytes(1, Buffer.from(parts.map((part, i) => (i % 2 === 1 ? part : part.replace(hiddenCharacters, escape))).join('')))
}
// oxlint-disable-next-line no-control-regex -- that is what it looks for
const style = /(\x1b\[\d*m)/

/** The descriptor of stdout (no path, or `-`), or of the file that an option names, emptied. */
export function outputFile(path: string | undefined): number {
  if (path === undefined || path === '-') return 1
  try {
    return openSync(path, 'w')
  } catch (error) {
    throw new UsageError(
      `cannot write ${path}: ${(error as { code?: string }).code === 'ENOENT' ? 'no such directory' : systemMessage(error)}`,
    )
  }
}

const CHUNK = 1 << 16

/** Many small texts in few writes. `write` says false when nobody reads any more. */
export class Buffered {
  private readonly fd: number
  private text = ''
  private open = true

  constructor(fd: number) {
    this.fd = fd
  }

  write(text: string): boolean {
    this.text += text
    if (this.text.length >= CHUNK) this.flush()
    return this.open
  }

  flush(): boolean {
    const { text } = this
    this.text = ''
    if (this.open && text !== '') {
      this.open = false
      this.open = emit(this.fd, text)
    }
    return this.open
  }
}
