/**
 * Reads semantics functions back from their source, so that the generator can paste them. Their rules of form (see
 * `semantics/`) make this a matter of string cutting. Used by ops.ts and vector-ops.ts.
 */

export type AnyFunction = (...args: never[]) => unknown

/** A semantics function, taken apart: parameter names, statements, result expression(s). */
export interface Inlined {
  readonly params: readonly string[]
  readonly body: string
  readonly result: string | readonly [string, string]
}

/** Reads a semantics function back from its source. The rules of form in `semantics/` make this a matter of string cutting. */
export function inline(fn: AnyFunction): Inlined {
  const text = fn.toString()
  const arrow = text.indexOf('=>')
  const params = text
    .slice(0, arrow)
    .replace(/[()\s]/g, '')
    .split(',')
    .filter((p) => p !== '')
  const rest = text.slice(arrow + 2).trim()
  if (!rest.startsWith('{')) return { params, body: '', result: split(rest.replace(/^\((\[.*\])\)$/s, '$1')) }
  const block = rest.slice(1, rest.lastIndexOf('}'))
  const at = block.lastIndexOf('return ')
  const body = block
    .slice(0, at)
    .trim()
    .replace(/\btrap\((['"])(.*?)\1\);?/g, "{ STOP(TRAP['$2']) }")
  return {
    params,
    body,
    result: split(
      block
        .slice(at + 'return '.length)
        .trim()
        .replace(/;$/, ''),
    ),
  }
}

/** `[lo, hi]` → its two expressions; anything else is one expression. */
function split(expression: string): string | readonly [string, string] {
  if (!expression.startsWith('[')) return expression
  let depth = 0
  for (let i = 1; i < expression.length; i++) {
    const c = expression[i]!
    if (c === '(' || c === '[') depth++
    else if (c === ')' || c === ']') depth--
    else if (c === ',' && depth === 0) return [expression.slice(1, i).trim(), expression.slice(i + 1, expression.lastIndexOf(']')).trim()]
  }
  throw new Error(`not a pair: ${expression}`)
}
