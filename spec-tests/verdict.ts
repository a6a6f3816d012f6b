/**
 * What became of a command: passed, failed, or failed as a list says it would (skipped). Errors are judged by class and by the
 * suite's words at the head of the message.
 */
import { VitrineError, isInvalid, isLimit, isUnsupported } from '../src/errors.ts'

/** `message`: right kind of error, wrong words. `dependent`: the module of the command had failed before. */
export type FailureKind = 'result' | 'message' | 'dependent' | 'timeout' | 'crash' | 'unexpected pass'

export type Verdict =
  | { readonly status: 'passed' }
  | { readonly status: 'failed'; readonly kind: FailureKind; readonly expected: string; readonly got: string }
  /** A failure that is on a list, with the reason that stands there. */
  | { readonly status: 'skipped'; readonly reason: string; readonly got: string }

export const passed: Verdict = { status: 'passed' }
export const failed = (kind: FailureKind, expected: string, got: string): Verdict => ({ status: 'failed', kind, expected, got })
export const skipped = (reason: string, got: string): Verdict => ({ status: 'skipped', reason, got })

export function describeError(error: unknown): string {
  if (error instanceof VitrineError) {
    const place =
      error.line !== undefined ? ` (line ${error.line})` : error.offset !== undefined ? ` (offset 0x${error.offset.toString(16)})` : ''
    return `${error.code}: ${error.message.split('\n')[0]}${place}`
  }
  if (error instanceof Error) {
    const where = /\((?:file:\/\/)?[^()]*?((?:src|spec-tests)\/[^()]*)\)|at (?:file:\/\/)?\S*?((?:src|spec-tests)\/\S+)/.exec(
      error.stack ?? '',
    )
    return `${error.name}: ${error.message.split('\n')[0]} at ${where?.[1] ?? where?.[2] ?? '?'}`
  }
  return `threw ${String(error)}`
}

/** An error where none, or another one, was expected. */
export function wrongError(expected: string, error: unknown): Verdict {
  const crash = !(error instanceof VitrineError)
  return failed(crash ? 'crash' : isLimit(error) && error.limit === 'timeout' ? 'timeout' : 'result', expected, describeError(error))
}

/** An error that was expected: of the class that `is` knows, and its message (of an InvalidError, its rule) begins with `message`. */
export function expectedError(kind: string, message: string, error: unknown, is: (error: unknown) => boolean): Verdict {
  const expected = `${kind}: ${message}`
  // The language without a feature refuses what vitrine, which knows it, calls unsupported: with the same words.
  if (isUnsupported(error) && error.message.startsWith(`${message}`)) return passed
  if (!is(error)) return wrongError(expected, error)
  const words = isInvalid(error) ? error.rule : (error as Error).message
  return words.startsWith(message) ? passed : failed('message', expected, describeError(error))
}
