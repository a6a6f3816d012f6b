/** A large module, made here: many functions of many instructions, of which the first is exported. For tests of what the debugger does with size. */

const leb = (n: number): number[] => {
  const bytes: number[] = []
  for (; n > 127; n >>>= 7) bytes.push((n & 127) | 128)
  return [...bytes, n]
}

/**
 * `functions` functions of type () -> (), each `pairs` times `i32.const N; drop` with an N of four bytes, which is 6 bytes or 2
 * instructions. `run` calls each function once.
 */
export function largeModule(functions: number, pairs: number): Uint8Array {
  const body = new Uint8Array(1 + pairs * 6 + 1)
  for (let i = 0; i < pairs; i++) body.set([0x41, 0x80, 0x80, 0x80, 0x01, 0x1a], 1 + i * 6)
  body[body.length - 1] = 0x0b
  const size = leb(body.length)
  const calls = Array.from({ length: functions }, (_, i) => [0x10, ...leb(i)]).flat()
  const run = [0x00, ...calls, 0x0b]
  const runSize = leb(run.length)
  const codeSize = leb(functions + 1).length + functions * (size.length + body.length) + runSize.length + run.length
  const head = [
    [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    [0x01, 0x04, 0x01, 0x60, 0x00, 0x00],
    [0x03, ...leb(leb(functions + 1).length + functions + 1), ...leb(functions + 1), ...Array.from({ length: functions + 1 }, () => 0)],
    [0x07, 6 + leb(functions).length, 0x01, 0x03, 0x72, 0x75, 0x6e, 0x00, ...leb(functions)],
    [0x0a, ...leb(codeSize), ...leb(functions + 1)],
  ].flat()
  const bytes = new Uint8Array(head.length + codeSize - leb(functions + 1).length)
  bytes.set(head)
  let at = head.length
  for (let f = 0; f < functions; f++) {
    bytes.set(size, at)
    bytes.set(body, at + size.length)
    at += size.length + body.length
  }
  bytes.set(runSize, at)
  bytes.set(run, at + runSize.length)
  return bytes
}
