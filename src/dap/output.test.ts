/** What the program and breakpoints write, with a client that keeps up and with one that does not. */
import { expect, test } from 'vitest'
import { GuestOutput, LogOutput } from './output.ts'

const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('a character that is cut is told when it is whole, or at the end', () => {
  const told: string[] = []
  const output = new GuestOutput(
    (text) => told.push(text),
    () => undefined,
  )
  const bytes = new TextEncoder().encode('a€b€')
  expect(output.write(bytes.subarray(0, 2))).toBe(2)
  expect(output.write(bytes.subarray(2, 3))).toBe(1)
  expect(output.write(bytes.subarray(3, 6))).toBe(3)
  expect(told).toEqual(['a', '€b'])
  output.flush()
  expect(told.join('')).toBe('a€b\ufffd')
})

test('the program waits for a slow client', async () => {
  let catchUp = (): void => {}
  const output = new GuestOutput(
    () => {},
    () => new Promise((resolve) => (catchUp = resolve)),
  )
  let done = false
  const written = Promise.resolve(output.write(new Uint8Array(3))).then((n) => {
    done = true
    return n
  })
  await later()
  expect(done).toBe(false)
  catchUp()
  expect(await written).toBe(3)
})

test('log lines of one place and turn are one event, in their order', async () => {
  const sent: object[] = []
  const logs = new LogOutput(
    (body) => sent.push(body),
    () => undefined,
  )
  logs.add('a\n', { line: 1 })
  logs.add('b\n', { line: 1 })
  logs.add('c\n', { line: 2 })
  logs.add('d\n', { line: 1 })
  expect(sent).toEqual([])
  await later()
  await later()
  expect(sent).toEqual(['a\nb\n', 'c\n', 'd\n'].map((output, i) => ({ category: 'console', output, line: i === 1 ? 2 : 1 })))
})

test('a flood for a client that does not read is cut, and the client told', () => {
  const sent: { output: string }[] = []
  const logs = new LogOutput(
    (body) => sent.push(body as { output: string }),
    () => new Promise(() => {}),
  )
  for (let i = 0; i < 300_000; i++) logs.add('0123456789\n', {})
  expect(sent).toEqual([])
  logs.flush()
  const kept = sent[0]!.output.length / 11
  expect(kept).toBeLessThan(100_000)
  expect(sent[1]!.output).toBe(`(${300_000 - kept} more lines of log were dropped)\n`)
})
