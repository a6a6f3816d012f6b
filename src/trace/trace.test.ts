/** Probes, monitors and exports on small programs; test/machine/watching.test.ts compares them with the reference executor. */
import { describe, expect, test } from 'vitest'
import { Store, compile, instantiate, isVitrineError } from '../index.ts'
import { watToWasm } from '../text/index.ts'
import { coverageHtml, coveredText, flameHtml, toChromeTrace, toCpuProfile, toFolded, toLcov, toSpeedscope, toSummary } from './index.ts'
import { type RecordedEvent, countInstructions, probe, profile, readRecording, record, watchHostCalls, watchMemory } from './index.ts'

const module = compile(
  watToWasm(`(module
    (import "host" "twice" (func $twice (param i32) (result i32)))
    (memory (export "memory") 1)
    (func $fac (export "fac") (param $n i32) (result i32)
      (if (result i32) (i32.eqz (local.get $n)) (then (i32.const 1))
        (else (i32.mul (local.get $n) (call $fac (i32.sub (local.get $n) (i32.const 1)))))))
    (func $fill (export "fill") (param $n i32) (local $i i32)
      (loop $next
        (i32.store8 offset=4 (local.get $i) (local.get $i))
        (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n)))))
    (func $out (export "out") (result i32) (i32.load (i32.const 65533)))
    (func $host (export "host") (param i32) (result i32) (i32.add (call $twice (local.get 0)) (i32.const 1)))
    (func $never (drop (i32.const 0))))`),
)
const start = (store: Store = new Store()) => instantiate(module, { host: { twice: (n: number) => 2 * n } }, { store })

describe('probes', () => {
  test('see operands and addresses, by op, function and offset', () => {
    const instance = start()
    const seen: string[] = []
    const handle = probe(
      instance,
      { op: '*.store*', func: 'f?ll' },
      (e) => void seen.push(`${e.op} ${e.operands.join()} ${String(e.address)} ${e.tick}/${e.depth}`),
    )
    instance.exports['fill'](3)
    expect(seen).toEqual(['i32.store8 0,0 4 0/1', 'i32.store8 1,1 5 1/1', 'i32.store8 2,2 6 2/1'])
    expect(handle.hits).toBe(3)
    const { offset } = countOf((s) => s.exports['fill'](1)).instructions(2)[3]!
    let hits = 0
    probe(instance, { offset }, () => void hits++)
    instance.exports['fill'](5)
    expect(hits).toBe(5)
  })

  test('taken away at once, and nothing is left of them', () => {
    const store = new Store()
    const instance = start(store)
    instance.exports['fac'](3)
    const { executor } = store
    const { units } = module.shared
    const before = units.fast!.code.slice()
    const fast = units.fast
    const handle = probe(instance, { op: 'i32.mul' }, () => {
      if (handle.hits === 2) handle.remove()
    })
    expect(instance.exports['fac'](10)).toBe(3628800)
    expect(handle.hits).toBe(2)
    expect(store.executor).toBe(executor)
    expect(instance.exports['fac'](10)).toBe(3628800)
    expect(units.fast).toBe(fast)
    expect(units.fast!.code).toEqual(before)
    expect(units.exact).toBe(undefined)
  })

  test('what a callback throws comes out; it cannot call the program; mistakes are named', () => {
    const instance = start()
    const boom = new RangeError('boom')
    const handle = probe(instance, { op: 'i32.mul' }, () => {
      throw boom
    })
    expect(() => instance.exports['fac'](3)).toThrow(boom)
    handle.remove()
    expect(instance.exports['fac'](3)).toBe(6)
    probe(instance, { op: 'i32.mul' }, () => void instance.exports['fac'](1))
    expect(() => instance.exports['fac'](3)).toThrow('a probe cannot call functions of the program that it watches')
    expect(() => probe(instance, { op: 'i32.bogus' }, () => {})).toThrow("no instruction is called 'i32.bogus'")
    expect(() => probe(start(new Store({ executor: 'reference' })), {}, () => {})).toThrow("executor 'reference' cannot be watched")
    expect(() => probe({} as never, {}, () => {})).toThrow('an instance or a store')
    expect(() => watchMemory(instance, { cell: 48 })).toThrow('a power of two')
  })

  test('only of their instance, though the code is shared', () => {
    const store = new Store()
    const [one, other] = [start(store), start(store)]
    const handle = probe(one, { op: 'i32.mul' }, () => {})
    other.exports['fac'](4)
    expect(handle.hits).toBe(0)
    one.exports['fac'](4)
    expect(handle.hits).toBe(4)
  })
})

function countOf(run: (instance: ReturnType<typeof start>) => void) {
  const instance = start()
  const counter = countInstructions(instance)
  run(instance)
  counter.stop()
  return counter.of(module.data)
}

test('counts are exact when a call traps in the middle of a block', () => {
  const counts = countOf((instance) => {
    expect(() => instance.exports['out']()).toThrow('out of bounds memory access')
  })
  expect(counts.instructions(3).map(({ op, count }) => [op, count])).toEqual([
    ['i32.const', 1],
    ['i32.load', 1],
    ['end', 0],
  ])
})

test('counters go beyond 32 bits', () => {
  const instance = start()
  const counter = countInstructions(instance)
  instance.exports['fill'](2)
  const unit = instance.store.executor.unitOf(module.shared)!
  // The counter of the loop's body, as if it had run 2^32 - 2 times.
  const at = unit.code.findIndex((word, pc) => word === unit.code[unit.entry[2]! + 4] && unit.code[pc + 1] === 2 && unit.code[pc + 2] === 0)
  unit.code[at + 1] = -2
  instance.exports['fill'](3)
  counter.stop()
  expect(
    counter
      .of(module.data)
      .loops()
      .map((l) => l.iterations),
  ).toEqual([2 ** 32 + 1])
})

test('memory: totals and heat', () => {
  const instance = start()
  const monitor = watchMemory(instance, { cell: 16 })
  instance.exports['fill'](20)
  expect(() => instance.exports['out']()).toThrow()
  monitor.stop()
  instance.exports['fill'](20)
  expect(monitor.totals).toEqual({ reads: 0, writes: 20, bytesRead: 0, bytesWritten: 20 })
  expect([...monitor.memories.values()][0]!.cells()).toEqual([
    { address: 0, reads: 0, writes: 12 },
    { address: 16, reads: 0, writes: 8 },
  ])
})

test('host calls with arguments and results', () => {
  const instance = start()
  const calls: string[] = []
  const monitor = watchHostCalls(
    instance,
    ({ name, args, results }) => void calls.push(`${String(name)} ${args[0]!.value} ${results?.[0]?.value ?? '?'}`),
  )
  expect(instance.exports['host'](4)).toBe(9)
  expect(calls).toHaveLength(1)
  expect(calls[0]).toMatch(/twice 4 8$/)
  expect([...monitor.counts.values()]).toEqual([1])
})

test('recordings: host calls, limit, broken files', () => {
  const bytesOf = (limit: number | undefined, run: (instance: ReturnType<typeof start>) => void): Uint8Array => {
    const store = new Store()
    const chunks: Uint8Array[] = []
    const recorder = record(store, { limit, write: (bytes) => chunks.push(bytes.slice()) })
    let failed: unknown
    try {
      run(start(store))
    } catch (error) {
      failed = error
      if (limit !== undefined) expect(error).toBe(recorder.ended)
    }
    recorder.stop(failed)
    return Buffer.concat(chunks)
  }
  const line = (e: RecordedEvent): string =>
    `${e.text} ${e.operands.map((v) => v.value).join()} > ${e.trap ?? (e.results === undefined ? '?' : e.results.map((v) => v.value).join())}`
  expect(readRecording(bytesOf(undefined, (i) => i.exports['host'](4))).map(line)).toEqual([
    'local.get 0  > 4',
    'call $twice 4 > 8',
    'i32.const 1  > 1',
    'i32.add 8,1 > 9',
    'end 9 > ',
  ])
  expect(readRecording(bytesOf(undefined, (i) => i.exports['out']())).map(line)).toEqual([
    'i32.const 65533  > 65533',
    'i32.load 65533 > out of bounds memory access',
  ])
  const bytes = bytesOf(100, (i) => i.exports['fac'](1000))
  expect(readRecording(bytes)).toHaveLength(100)
  for (let length = 0; length < bytes.length; length += 7) {
    let message = ''
    try {
      readRecording(bytes.subarray(0, length))
    } catch (error) {
      expect(isVitrineError(error)).toBe(true)
      message = (error as Error).message
    }
    if (length !== 8) expect(message).toMatch(/cut off/)
  }
  for (let at = 0; at < bytes.length; at++) {
    const bad = bytes.slice()
    bad[at]! ^= 0x81
    try {
      readRecording(bad)
    } catch (error) {
      expect(isVitrineError(error), `byte ${at}: ${String(error)}`).toBe(true)
    }
  }
})

test('sites of recordings that mean nothing', () => {
  const good = { func: 0, offset: 0, text: 'nop', operands: [], results: [] }
  for (const site of [
    5,
    null,
    {},
    { ...good, operands: [1] },
    { ...good, passes: true },
    { ...good, constant: [1] },
    { ...good, results: ['v128'], constant: [1] },
  ]) {
    const json = JSON.stringify([site])
    const text = Buffer.from(json.padEnd(Math.ceil(json.length / 4) * 4))
    const head = Buffer.from(Int32Array.of(0x6372_7476, 2, 1, text.length).buffer)
    expect(() => readRecording(Buffer.concat([head, text])), json).toThrow('the recording is broken: site 0 is none')
  }
})

describe('exports', () => {
  const instance = start()
  const profiled = profile(instance, { events: 4 })
  const counter = countInstructions(instance)
  instance.exports['fac'](5)
  instance.exports['host'](1)
  profiled.stop()
  counter.stop()
  const counts = counter.of(module.data)

  test('profiles say the same as counts', () => {
    expect(profiled.total).toBe(counts.total)
    for (const { name, self, calls } of profiled.functions().filter((f) => f.funcidx >= 0))
      expect(counts.functions().find((f) => f.name === name)).toMatchObject({ self, calls })
    expect(profiled.functions().find((f) => f.name === 'fac')).toMatchObject({ calls: 6, total: 62, self: 62 })
  })

  test('folded stacks and speedscope', () => {
    const folded = toFolded(profiled)
    expect(folded).toMatch(/^fac 11\nfac;fac 11\n/)
    expect(folded.match(/\d+$/gm)!.reduce((n, word) => n + Number(word), 0)).toBe(profiled.total)
    const file = JSON.parse(toSpeedscope(profiled, 'x.wasm'))
    const [{ events, endValue, type, unit }] = file.profiles
    expect([type, unit, endValue]).toEqual(['evented', 'none', profiled.total])
    const open: number[] = []
    let last = 0
    for (const event of events as { type: 'O' | 'C'; frame: number; at: number }[]) {
      expect(file.shared.frames[event.frame].name).toBeTypeOf('string')
      expect(event.at).toBeGreaterThanOrEqual(last)
      last = event.at
      if (event.type === 'O') open.push(event.frame)
      else expect(open.pop()).toBe(event.frame)
    }
    expect([open, last]).toEqual([[], endValue])
  })

  test('.cpuprofile: a tree, and samples that last as long as what they stand for', () => {
    const { nodes, samples, timeDeltas, startTime, endTime } = JSON.parse(toCpuProfile(profiled, 'x.wasm'))
    expect(endTime - startTime).toBe(profiled.total)
    expect(samples).toHaveLength(timeDeltas.length)
    const ids = new Set(nodes.map((n: { id: number }) => n.id))
    expect(ids.size).toBe(nodes.length)
    const children = nodes.flatMap((n: { children: number[] }) => n.children)
    expect(new Set(children).size).toBe(nodes.length - 1)
    for (const id of [...samples, ...children]) expect(ids).toContain(id)
  })

  test('Chrome trace: complete events that lie inside each other', () => {
    expect(profiled.truncated).toBe(true)
    const { traceEvents } = JSON.parse(toChromeTrace(profiled, 'x.wasm'))
    const calls = traceEvents.filter((e: { ph: string }) => e.ph === 'X')
    expect(calls).toHaveLength(4)
    calls.slice(1).forEach((call: { ts: number; dur: number }, i: number) => {
      expect(call.ts).toBeGreaterThanOrEqual(calls[i].ts)
      expect(call.ts + call.dur).toBeLessThanOrEqual(calls[i].ts + calls[i].dur)
    })
  })

  test('calls that an exit has ended have lasted until then', () => {
    const guest = instantiate(
      compile(
        watToWasm('(module (import "" "exit" (func $exit)) (func $f (export "f") nop nop (call $g)) (func $g nop nop nop (call $exit)))'),
      ),
      { '': { exit: () => expect.fail('exit') } },
    )
    const p = profile(guest, { events: 10 })
    expect(() => guest.exports['f']()).toThrow('exit')
    p.stop()
    expect(p.events.map(({ node, begin, end }) => [node.name, begin, end])).toEqual([
      ['f', 0, 7],
      ['g', 3, 7],
      ['host: .exit', 7, 7],
    ])
  })

  test('a stack of any depth', () => {
    const deep = compile(
      watToWasm(`(module (func $down (export "down") (param i32) (result i32)
        (if (result i32) (local.get 0) (then (i32.add (i32.const 1) (call $down (i32.sub (local.get 0) (i32.const 1))))) (else (i32.const 0)))))`),
    )
    const guest = instantiate(deep)
    const p = profile(guest)
    expect(guest.exports['down'](20_000)).toBe(20_000)
    p.stop()
    expect(p.functions()).toMatchObject([{ name: 'down', self: p.total, total: p.total, calls: 20_001 }])
    const folded = toFolded(p).trimEnd().split('\n')
    expect(folded).toHaveLength(501)
    expect(folded[500]).toMatch(/down;… \d+$/)
    expect(folded.reduce((n, line) => n + Number(/\d+$/.exec(line)![0]), 0)).toBe(p.total)
    expect(JSON.parse(toSpeedscope(p, 'x')).profiles[0].events).toHaveLength(40_002)
    expect(JSON.parse(toCpuProfile(p, 'x')).nodes).toHaveLength(20_002)
    expect(flameHtml(p, 'x')).toContain('["down",')
  })

  test('lcov on the printed text', () => {
    const covered = coveredText(counts)
    const lcov = toLcov(covered, 'x.wat')
    expect(lcov).toMatch(/^TN:\nSF:x\.wat\nFN:/)
    expect(lcov).toMatch(/FNDA:6,fac\n/)
    expect(lcov).toMatch(/FNDA:0,never\n/)
    expect(lcov).toMatch(/BRDA:\d+,0,0,1\nBRDA:\d+,0,1,5\n/)
    for (const [, line, count] of lcov.matchAll(/^DA:(\d+),(\d+)$/gm)) {
      const text = covered.lines[Number(line) - 1]!
      expect(text.trim()).not.toBe('')
      if (text.includes('i32.mul')) expect(count).toBe('5')
    }
    expect(toSummary(counts)).toMatch(/100\.0 % +13\/13 +6 +62 {2}fac\n/)
  })

  test('pages stand alone, and names cannot break out of them', () => {
    const evil = compile(watToWasm('(module (func $"</script><script>alert(1)//" (export "f")))'))
    const guest = instantiate(evil)
    const p = profile(guest)
    const c = countInstructions(guest)
    guest.exports['f']()
    for (const html of [flameHtml(p, '<u>'), coverageHtml(coveredText(c.of(evil.data)), '<u>')]) {
      expect(html).not.toMatch(/<script>alert|<u>|(src|href)="(?!#)/)
      expect(html).toMatch(/^<!doctype html>/)
    }
  })
})
