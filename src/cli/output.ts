/**
 * Writing to the process's own stdout and stderr: synchronously, so that nothing is lost at the end, and without a crash
 * when the reader has gone (`| head`). Used by all commands.
 */
import { openSync, writeSync } from 'node:fs'
import { SysError } from '../host/errno.ts'
import { fdOutput } from '../host/node/index.ts'
import { UsageError } from './args.ts'
import { systemMessage } from './system.ts'

/** Standard output cannot take any more: the disk is full, say. `message` has the system's word for it. */
export class OutputError extends Error {}

/** Writes all of a text; false when nobody reads any more. Whatever else goes wrong with standard output is an OutputError. */
export function emit(fd: number, text: string): boolean {
  return emitBytes(fd, Buffer.from(text))
}

/** The same for bytes. */
export function emitBytes(fd: number, bytes: Uint8Array): boolean {
  if (fd > 2) {
    for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done)
    return true
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

/** The descriptor of stdout, or of the file that an option names, emptied. */
export function outputFile(path: string | undefined): number {
  if (path === undefined) return 1
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
