/**
 * Errors as people read them: one paragraph on stderr that names file, place and function, and an exit code. JS stack
 * traces are only shown with VITRINE_DEBUG=1. Called by main.ts for whatever a command throws.
 */
import {
  type TraceFrame,
  isInvalid,
  isLimit,
  isLinkError,
  isMalformed,
  isTrap,
  isUnsupported,
  isVitrineError,
  type VitrineError,
} from '../errors.ts'
import { isWasmException } from '../embedding/exception.ts'
import { UsageError } from './args.ts'
import { whatElse } from './kind.ts'
import { OutputError } from './output.ts'
import { FileError, type SourceFile } from './program.ts'
import { systemMessage } from './system.ts'

export const EXIT = { failed: 1, usage: 2, timeout: 124, fuel: 125, interrupted: 130, trap: 134 } as const

/** The engine keeps that many frames in an error. */
const MAX_FRAMES = 50

export interface Report {
  readonly text: string
  readonly exitCode: number
}

/** What to say about an error. `file` is the program that was running, if it was. */
export function report(error: unknown, file: SourceFile | undefined): Report {
  if (error instanceof UsageError)
    return { text: `vitrine: ${error.message}${error.hint === '' ? '' : `\n${error.hint}`}`, exitCode: EXIT.usage }
  if (error instanceof OutputError) return { text: `vitrine: ${error.message}`, exitCode: EXIT.failed }
  if (error instanceof FileError) return aboutFile(error.cause, error.file)
  if (isTrap(error)) return { text: withFrames(`trap: ${error.message}`, error.frames, file), exitCode: EXIT.trap }
  if (isWasmException(error)) return { text: withFrames(`uncaught ${error.message}`, error.frames, file), exitCode: EXIT.trap }
  if (isVitrineError(error)) {
    if (error.code === 'usage') return { text: `vitrine: ${error.message}`, exitCode: EXIT.usage }
    if (error.code === 'interrupted') return { text: '', exitCode: EXIT.interrupted }
    if (isLimit(error) && error.limit === 'timeout')
      return { text: `vitrine: ${where(error, file)}${error.message}`, exitCode: EXIT.timeout }
    if (isLimit(error) && error.limit === 'fuel') return { text: `vitrine: ${where(error, file)}${error.message}`, exitCode: EXIT.fuel }
    return file === undefined ? { text: `vitrine: ${error.message}`, exitCode: EXIT.failed } : aboutFile(error, file)
  }
  const message = error instanceof Error ? error.message : String(error)
  const code = (error as { code?: unknown } | null)?.code
  if (typeof code === 'string' && /^E[A-Z]+$/.test(code)) return { text: `vitrine: ${systemMessage(error)}`, exitCode: EXIT.failed }
  return {
    text: `vitrine: internal error: ${message}\nThis is a bug in vitrine. VITRINE_DEBUG=1 shows where it happened.`,
    exitCode: EXIT.failed,
  }
}

function aboutFile(error: unknown, file: SourceFile): Report {
  const exitCode = EXIT.failed
  if (!isVitrineError(error)) return { text: `vitrine: cannot read ${file.path}: ${systemMessage(error)}`, exitCode }
  if (isMalformed(error) && error.line !== undefined) {
    // The message has the place in words, and the line of source below it.
    const message = error.message.replace(` at line ${error.line}, column ${error.column}`, '')
    return { text: `${file.path}:${error.line}:${error.column}: ${message}`, exitCode }
  }
  const kind = isMalformed(error)
    ? 'not a module: '
    : isInvalid(error)
      ? 'invalid module: '
      : isLinkError(error)
        ? 'cannot be linked: '
        : ''
  // Other places that the message names: `pushed by local.get 0 at 0x1f`.
  const message = error.message.replace(/ at (0x[\da-f]+)/g, (_, offset: string) => ` at ${file.place(Number(offset))}`)
  // How the API switches a feature on is no help here: the hint says how the command line does.
  if (isMalformed(error) && file.bytes.length === 0) return { text: `vitrine: ${file.path}: not a module: the file is empty`, exitCode }
  const said =
    message.replace(/; switch it on with \{.*\}$/, '') + (message === 'magic header not detected' ? `: ${whatElse(file.bytes)}` : '')
  const text = `vitrine: ${file.path}: ${kind}${said}${placeOf(error, file)}`
  return { text: `${text}${hint(error)}`, exitCode }
}

function placeOf({ offset, funcidx, funcName }: VitrineError, file: SourceFile): string {
  const parts: string[] = []
  if (funcidx !== undefined) parts.push(`in function ${funcidx}${funcName === undefined ? '' : ` (${funcName})`}`)
  else if (funcName !== undefined) parts.push(`in ${funcName}`)
  if (offset !== undefined) parts.push(offsetText(file, offset))
  return parts.length === 0 ? '' : ` [${parts.join(', ')}]`
}
function offsetText(file: SourceFile, offset: number): string {
  const place = file.place(offset)
  return place.startsWith('0x') ? `at offset ${place}` : `at ${file.name}:${place}`
}

function hint(error: VitrineError): string {
  if (isLinkError(error) && error.message.startsWith('unknown import'))
    return '\nThe command line offers WASI Preview 1 (wasi_snapshot_preview1) only; other imports are given through the API.'
  if (isUnsupported(error)) {
    return error.message.includes('which is off')
      ? `\n--features ${error.feature} switches it on.`
      : `\nThe module needs the feature ${error.feature}.`
  }
  return ''
}

const where = ({ funcidx, funcName, offset }: VitrineError, file: SourceFile | undefined): string =>
  funcidx === undefined || file === undefined
    ? ''
    : `${file.path}: in ${funcName ?? `function ${funcidx}`}${offset === undefined ? '' : ` at ${file.place(offset)}`}: `

/** `trap: integer divide by zero`, and a line for each frame. */
function withFrames(headline: string, frames: readonly TraceFrame[], file: SourceFile | undefined): string {
  const lines = [headline]
  let repeated = 0
  frames.forEach((frame, i) => {
    const next = frames[i + 1]
    if (next !== undefined && next.funcidx === frame.funcidx && next.offset === frame.offset) {
      repeated++
      return
    }
    lines.push(`    at ${frameText(frame, file)}${repeated > 0 ? `  [${repeated + 1} times]` : ''}`)
    repeated = 0
  })
  if (frames.length === MAX_FRAMES) lines.push('    …')
  return lines.join('\n')
}

function frameText({ funcidx, name, offset, module }: TraceFrame, file: SourceFile | undefined): string {
  const place = offset === undefined ? 'host' : `${file?.name ?? module ?? 'module'}:${file?.place(offset) ?? `0x${offset.toString(16)}`}`
  return `${name ?? `function ${funcidx}`} (${place})`
}
