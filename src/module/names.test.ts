/** Names of functions and modules: from the name section, else from exports and imports. */
import { describe, expect, it } from 'vitest'
import { decode } from '../decoder/decode.ts'
import { moduleNames } from './names.ts'

const text = (s: string): number[] => [s.length, ...new TextEncoder().encode(s)]
const sized = (id: number, ...contents: number[]): number[] => [id, contents.length, ...contents]
const HEADER = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
function names(...contents: number[]): ReturnType<typeof moduleNames> {
  const types = sized(1, 1, 0x60, 0, 0)
  const imports = sized(2, 1, ...text('env'), ...text('log'), 0, 0)
  const code = [...sized(3, 1, 0), ...sized(7, 1, ...text('run'), 0, 1), ...sized(10, 1, 2, 0, 0x0b)]
  return moduleNames(decode(Uint8Array.from([...HEADER, ...types, ...imports, ...code, ...sized(0, ...text('name'), ...contents)])))
}

describe('moduleNames', () => {
  it('reads all subsections', () => {
    const n = names(
      ...sized(0, ...text('app')),
      ...sized(1, 1, 1, ...text('main')),
      ...sized(2, 1, 1, 2, 0, ...text('x'), 1, ...text('y')),
      ...sized(4, 1, 0, ...text('t')),
      ...sized(10, 1, 0, 1, 2, ...text('f')),
      ...sized(11, 1, 0, ...text('oops')),
    )
    expect(n.module).toBe('app')
    expect([...n.funcs]).toEqual([
      [1, 'main'],
      [0, 'env.log'],
    ])
    expect([...n.locals.get(1)!]).toEqual([
      [0, 'x'],
      [1, 'y'],
    ])
    expect(n.types.get(0)).toBe('t')
    expect(n.fields.get(0)!.get(2)).toBe('f')
    expect(n.tags.get(0)).toBe('oops')
  })
  it('falls back to exports and imports', () => {
    expect([...names().funcs]).toEqual([
      [1, 'run'],
      [0, 'env.log'],
    ])
  })
  it('takes what can be read of a broken section', () => {
    const n = names(...sized(0, ...text('app')), ...sized(1, 0xff, 0xff, 0x03), ...sized(4, 1, 0, ...text('t')), 5, 0x7f)
    expect(n.module).toBe('app')
    expect(n.types.get(0)).toBe('t')
    expect(n.funcs.get(1)).toBe('run')
  })
})
