/** Which functions and instructions are meant: indices, names with wildcards. Used by monitors and by the command line. */
import { VitrineError } from '../errors.ts'

/** An index, a name with `*` and `?`, or several of them: one must match. */
export type Selection = number | string | readonly (number | string)[]

const wildcards = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
    's',
  )

/** A test for a function by its index and name; digits alone are an index. */
export function functionTest(selection: Selection | undefined): (funcidx: number, name: string | undefined) => boolean {
  if (selection === undefined) return () => true
  const tests = list(selection).map((one) => {
    if (typeof one === 'number' || /^\d+$/.test(one)) return (funcidx: number): boolean => funcidx === Number(one)
    if (one === '') throw new VitrineError('usage', 'the name of a function is empty')
    const expression = wildcards(one)
    return (_: number, name: string | undefined): boolean => name !== undefined && expression.test(name)
  })
  return (funcidx, name) => tests.some((test) => test(funcidx, name))
}

/** A test for instructions by name. Throws if nothing is called so. */
export function instructionTest(selection: string | readonly string[] | undefined, names: readonly string[]): (name: string) => boolean {
  if (selection === undefined) return () => true
  const expressions = list(selection).map((pattern) => {
    const expression = wildcards(String(pattern))
    if (!names.some((name) => expression.test(name))) throw new VitrineError('usage', `no instruction is called '${pattern}'`)
    return expression
  })
  return (name) => expressions.some((expression) => expression.test(name))
}

const list = <T>(selection: T | readonly T[]): readonly T[] => (Array.isArray(selection) ? (selection as readonly T[]) : [selection as T])
