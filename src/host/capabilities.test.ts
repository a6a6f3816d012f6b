/** Clocks, times, random sources and streams. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fixedClock, systemClock, virtualClock } from './clock.ts'
import { DeniedLog, formatDenied } from './policy.ts'
import { cryptoRandom, seededRandom } from './random.ts'
import { bytesInput, collect, discard, type Input, iterableInput, toInput, toOutput } from './streams.ts'
import { add, compare, fromMillis, fromNanos, since, time, toNanos, u64 } from './time.ts'

const asBigInt = (v: { lo: number; hi: number }): bigint => (BigInt(v.hi >>> 0) << 32n) | BigInt(v.lo >>> 0)
const halves = (v: bigint): [number, number] => [Number(BigInt.asIntN(32, v)), Number(BigInt.asIntN(32, v >> 32n))]

describe('time', () => {
  test('64-bit nanoseconds, exactly', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, (1n << 64n) - 1n), (ns) => {
        const t = fromNanos(...halves(ns))
        expect(BigInt(t.seconds) * 1_000_000_000n + BigInt(t.nanos)).toBe(ns)
        expect(asBigInt(toNanos(t))).toBe(ns)
      }),
    )
    expect(toNanos(time(-1, 999_999_999))).toEqual({ lo: 0, hi: 0 })
    expect(asBigInt(u64(2 ** 53 - 1))).toBe(2n ** 53n - 1n)
  })
  test('arithmetic', () => {
    expect(add(time(1, 600_000_000), time(2, 500_000_000))).toEqual(time(4, 100_000_000))
    expect(since(time(4, 100_000_000), time(1, 600_000_000))).toEqual(time(2, 500_000_000))
    expect(since(time(1, 0), time(2, 0))).toEqual(time(0, 0))
    expect(compare(time(1, 5), time(1, 4))).toBeGreaterThan(0)
    expect(fromMillis(-1)).toEqual(time(-1, 999_000_000))
  })
})

describe('clocks', () => {
  test('system: never backwards, timers never early', async () => {
    const clock = systemClock()
    const start = clock.monotonic()
    await clock.timer(time(0, 20_000_000)).done
    expect(compare(clock.monotonic(), add(start, time(0, 20_000_000)))).toBeGreaterThanOrEqual(0)
    expect(Math.abs(clock.wall().seconds - Date.now() / 1000)).toBeLessThan(5)
    clock.timer(time(100_000_000_000, 0)).cancel()
  })
  test('virtual: moves by readings and waits only', () => {
    const clock = virtualClock({ start: 5_000_000_007n })
    expect(clock.wall()).toEqual(time(5, 7))
    expect(clock.wall()).toEqual(time(5, 1007))
    expect(clock.timer(time(3600, 0)).done).toBeUndefined()
    // It begins at one second: zero is taken for a broken clock by some guests.
    expect(clock.monotonic()).toEqual(time(3601, 2000))
  })
  test('fixed', () => {
    const clock = fixedClock(1000)
    clock.timer(time(9, 0))
    expect(clock.wall()).toEqual(time(1, 0))
    expect(clock.monotonic()).toEqual(time(10, 0))
  })
})

describe('random', () => {
  test('seeded: the same bytes however they are asked for', () => {
    const whole = new Uint8Array(1000)
    seededRandom(42).fill(whole)
    const parts = new Uint8Array(1000)
    const random = seededRandom(42)
    for (let at = 0, n = 1; at < 1000; at += n, n = (n * 7) % 13 || 1) random.fill(parts.subarray(at, Math.min(1000, at + n)))
    expect(parts).toEqual(whole)
    const other = new Uint8Array(1000)
    seededRandom(42 + 2 ** 32).fill(other)
    expect(other).not.toEqual(whole)
    expect(new Set(whole).size).toBeGreaterThan(200)
    // Repeatable across versions: these bytes are part of the contract.
    expect([...whole.subarray(0, 8)]).toEqual([172, 28, 30, 169, 233, 54, 123, 32])
  })
  test('crypto: more than one chunk', () => {
    const bytes = new Uint8Array(200_000)
    cryptoRandom().fill(bytes)
    expect(bytes.subarray(190_000).some((b) => b !== 0)).toBe(true)
  })
})

describe('streams', () => {
  const readAll = async (input: Input, size = 4): Promise<string> => {
    let text = ''
    for (;;) {
      const buffer = new Uint8Array(size)
      const read = input.read(buffer)
      const part = typeof read === 'number' ? buffer.subarray(0, read) : await read
      if (part.length === 0) return text
      text += String.fromCharCode(...part)
    }
  }
  test('inputs', async () => {
    expect(await readAll(toInput('héllo'))).toBe('hÃ©llo')
    expect(await readAll(toInput(undefined))).toBe('')
    expect(await readAll(toInput(['one', '', new Uint8Array([50]), 'three']))).toBe('one2three')
    async function* slowly(): AsyncGenerator<string> {
      yield 'a'
      await new Promise((r) => setTimeout(r, 5))
      yield ''
      yield 'longer than one read'
    }
    expect(await readAll(toInput(slowly()))).toBe('alonger than one read')
    expect(() => toInput(5 as unknown as string)).toThrow(/stdin/)
    expect(() => toOutput({} as 'discard')).toThrow(/stdout/)
  })
  test('an input that fails later', async () => {
    // eslint-disable-next-line require-yield
    async function* broken(): AsyncGenerator<string> {
      throw new Error('gone')
    }
    await expect(readAll(iterableInput(broken()))).rejects.toThrow('gone')
  })
  test('ready does not lose what it waited for', async () => {
    let give: (v: string) => void = () => {}
    async function* waiting(): AsyncGenerator<string> {
      yield await new Promise<string>((r) => (give = r))
    }
    const input = iterableInput(waiting())
    const ready = input.ready!()
    expect(ready).toBeInstanceOf(Promise)
    expect(input.ready!()).toBe(ready)
    give('data')
    await ready
    expect(input.available!()).toBe(4)
    expect(input.read(new Uint8Array(10))).toBe(4)
  })
  test('outputs', () => {
    const out = collect()
    out.write(new Uint8Array([104, 105]))
    out.write(new Uint8Array([255]))
    expect(out.text()).toBe('hi\ufffd')
    expect(discard.write(new Uint8Array(3))).toBe(3)
    expect(bytesInput('abc').available!()).toBe(3)
  })
})

describe('Web streams and functions', () => {
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
  const all = async (input: Input): Promise<string> => {
    let result = ''
    for (;;) {
      const buffer = new Uint8Array(4)
      const answer = input.read(buffer)
      const part = typeof answer === 'number' ? buffer.subarray(0, answer) : await answer
      if (part.length === 0) return result
      result += text(part)
    }
  }
  test('a ReadableStream, of bytes or text; given up when the guest is done', async () => {
    const chunks = ['one ', new TextEncoder().encode('two '), '', 'three']
    let cancelled = false
    const stream = (end: boolean): ReadableStream<string | Uint8Array> => {
      const rest = [...chunks]
      return new ReadableStream({
        pull: (c) => (rest.length > 0 ? c.enqueue(rest.shift()!) : end ? c.close() : undefined),
        cancel: () => void (cancelled = true),
      })
    }
    expect(await all(toInput(stream(true)))).toBe('one two three')
    const input = toInput(stream(false))
    expect(text((await input.read(new Uint8Array(9))) as Uint8Array)).toBe('one ')
    input.close!()
    await Promise.resolve()
    expect(cancelled).toBe(true)
  })
  test('a function that is asked for the next piece', async () => {
    const pieces = ['a', Promise.resolve('bc'), new Uint8Array([100]), null, 'never']
    expect(await all(toInput(() => pieces.shift() as string | Promise<string>))).toBe('abcd')
    expect(await all(toInput(() => undefined))).toBe('')
    const broken = toInput(() => Promise.reject(new Error('no')))
    await expect(broken.read(new Uint8Array(1))).rejects.toThrow('no')
  })
  test('a WritableStream: backpressure, one for two outputs, broken', async () => {
    const log: string[] = []
    let release = (): void => {}
    const slow = new WritableStream<Uint8Array>({
      write: (chunk) => {
        log.push(text(chunk))
        return new Promise<void>((resolve) => (release = resolve))
      },
      close: () => void log.push('closed'),
    })
    const [out, err] = [toOutput(slow), toOutput(slow)]
    let done = false
    const writing = (out.write(new TextEncoder().encode('x')) as Promise<number>).then((n) => {
      done = true
      return n
    })
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect([log, done]).toEqual([['x'], false])
    release()
    expect(await writing).toBe(1)
    out.close!()
    await new Promise((resolve) => setTimeout(resolve, 1))
    expect(log).toEqual(['x'])
    err.close!()
    await new Promise((resolve) => setTimeout(resolve, 1))
    expect(log).toEqual(['x', 'closed'])
    const broken = toOutput(new WritableStream({ write: () => Promise.reject(new Error('no')) }))
    await expect(broken.write(new Uint8Array(1))).rejects.toMatchObject({ errno: 'pipe' })
  })
  test('a function may make the guest wait', async () => {
    let open = (): void => {}
    const output = toOutput(() => new Promise<void>((resolve) => (open = resolve)))
    const writing = output.write(new Uint8Array(3))
    open()
    expect(await writing).toBeUndefined()
    expect(() => toInput({} as never)).toThrow(/stdin must be/)
  })
})

test('denied log: counts, and does not grow without end', () => {
  const log = new DeniedLog()
  for (let i = 0; i < 3; i++) log.add('open', '/etc/passwd', 'no directory covers it', '--dir /etc::/etc,ro')
  for (let i = 0; i < 1000; i++) log.add('open', `/x${i}`, 'no', '')
  expect(log.entries.length).toBe(100)
  expect(log.entries[0]!.count).toBe(3)
  expect(formatDenied(log.entries[0]!)).toBe('denied: open /etc/passwd — no directory covers it; grant it with --dir /etc::/etc,ro')
})
