/**
 * The choice of an executor by measurement: `executor: 'auto'`. Which of the dispatch loop and the closures is faster depends
 * on the JS engine by factors up to 15, in both directions. So programs themselves are the measure: both executors take turns
 * on the same thread, which they can since frames, code and ticks are the same. Chosen once in a process.
 */
import * as STATUS from '../runtime/status.ts'
import type { Thread } from '../runtime/thread.ts'
import { now } from './clock.ts'
import { runClosures } from './closure.ts'
import { runSwitch } from './switch.ts'

type Run = (T: Thread) => number

/** A program that takes fewer ticks than this, and less time than a sample, is not worth a choice. */
const SHORT = 500
/** Ticks at a time as long as nothing is known of the engine: in the slowest one, 50 take the dispatch loop 5 ms and more. */
const STEP = 50
/** More ticks than a slice has. */
const WHOLE_SLICE = 2 ** 30
/**
 * Where the engine compiles: how far the first candidate runs before it is compared, so that it has been compiled. In ticks,
 * since a busy machine may give the compiler's thread little of any time; in ms for an engine that will never compile it.
 */
const SETTLE = { ticks: 3_000_000, ms: 1000 } as const
/**
 * Where the engine compiles, the second candidate must take less than this part of the first one's time: closures lose a third
 * of their speed when more programs have run, because calls among them then go to more places than an engine remembers.
 */
const MUST_WIN_BY = 0.75
/** If it does, the first one gets another chance after so many ms: on a busy machine it may not have been compiled before. */
const SECOND_CHANCE = 2000
/**
 * A compiler that is busy with other functions is not seen at once: after so many ms it is looked for again. Where there is none, candidates
 * that were close are compared again: on a busy machine a sample may have the time of somebody else's in it.
 */
const LOOK_AGAIN: readonly number[] = [100, 400, 1600]
/** One that takes less than this part of the other's time has won clearly. */
const CLEARLY = 0.5
/** And one that does so where no compiler was seen has won for good: only in engines without one do closures win by that much. */
const FOR_GOOD = 0.25
/** Samples of each candidate, and how many ms each takes. */
const QUICK = { count: 4, ms: 2 } as const
const THOROUGH = { count: 6, ms: 10 } as const

/**
 * The state of one choice. The first candidate begins. Where no compiler is seen, the other one is tried at once, and the
 * better one goes on; where there is one, the first must have become as fast as it will.
 */
export class Choice {
  private readonly candidates: readonly [Run, Run]
  private readonly clock: () => number
  private readonly compiles: () => boolean | undefined
  /** The outcome. */
  chosen: Run | undefined = undefined
  private phase: 'short' | 'settling' | 'comparing' | 'chosen' = 'short'
  private how: typeof QUICK | typeof THOROUGH = QUICK
  /** How often a compiler has been looked for again. */
  private looks = 0
  /** Whether the last comparison was clear. */
  private isClear = false
  /** How often the second candidate has won although the engine compiles. */
  private wins = 0
  private turn = 0
  /** Of the sample that is being taken, or of the phase: ms and ticks. In phases that take no samples, ms are those of the host, too. */
  private ms = 0
  private ticks = 0
  /** When the phase began, or the last slice of it ended. */
  private from = 0
  /** ms a tick, by candidate. */
  private samples: readonly [number[], number[]] = [[], []]
  /** Of a sample, ticks at a time. */
  private step: number = STEP

  constructor(candidates: readonly [Run, Run], clock: () => number, compiles: () => boolean | undefined) {
    this.candidates = candidates
    this.clock = clock
    this.compiles = compiles
  }

  run(T: Thread): number {
    while (this.phase === 'short' || this.phase === 'comparing') {
      const status = this.sample(T)
      if (status !== undefined) return status
    }
    if (this.chosen !== undefined) return this.chosen(T)
    const { phase } = this
    const { ticks } = T
    const status = this.candidates[this.turn]!(T)
    // A host function may have called back into Wasm, where the phase has ended.
    if (phase === this.phase) {
      this.ticks += ticks - T.ticks
      // The end of a slice is early enough: reading the clock takes longer than calling a host function.
      if (isEnd(status)) {
        const time = this.clock()
        this.ms += time - this.from
        this.from = time
        this.proceed()
      }
    }
    return status
  }

  /** Runs for a step, or for what is left of the slice. Gives nothing after a step that is shorter than that: it is nobody else's business. */
  private sample(T: Thread): number | undefined {
    const held = Math.max(0, (T.ticks - this.step) | 0)
    const ticks = T.ticks - held
    T.ticks = ticks
    // What host functions take is not the executor's.
    T.isWatched = true
    const started = this.clock()
    const status = this.candidates[this.turn]!(T)
    this.ms += this.clock() - started
    T.isWatched = T.executor.isWatched
    this.ticks += ticks - T.ticks
    T.ticks += held
    this.proceed()
    return held === 0 || !isEnd(status) ? status : undefined
  }

  private proceed(): void {
    switch (this.phase) {
      case 'short':
        if (this.ticks >= SHORT || this.ms >= QUICK.ms) this.start()
        break
      case 'settling':
        if (this.ticks >= SETTLE.ticks || this.ms >= SETTLE.ms) {
          this.how = THOROUGH
          this.begin('comparing', 0)
        }
        break
      case 'comparing':
        if (this.ms < this.how.ms || this.ticks === 0) break
        this.samples[this.turn]!.push(this.ms / this.ticks)
        this.begin('comparing', 1 - this.turn)
        if (this.turn === 0 && (this.samples[1].length === this.how.count || this.isForGood())) this.decide()
        break
      case 'chosen':
        if (this.how === THOROUGH) {
          if (this.ms >= SECOND_CHANCE) this.begin('settling', 0)
          break
        }
        if (this.ms < LOOK_AGAIN[this.looks]!) break
        this.looks++
        if (this.compiles()) this.begin('settling', 0)
        else if (!this.isClear) this.begin('comparing', 0)
        else if (this.looks === LOOK_AGAIN.length) this.chosen = this.candidates[this.turn]
    }
  }

  private start(): void {
    const compiles = this.compiles()
    // Nothing can be measured. Engines that hold their clock have a compiler, and the first candidate is the one for that.
    this.begin(compiles === undefined ? 'chosen' : compiles ? 'settling' : 'comparing', 0)
    if (compiles === undefined) this.chosen = this.candidates[0]
  }

  private begin(phase: Choice['phase'], turn: number): void {
    this.phase = phase
    this.turn = turn
    this.ms = this.ticks = 0
    this.from = this.clock()
    this.step = this.how === QUICK ? STEP : WHOLE_SLICE
  }

  /** What a tick of each candidate takes. */
  private times(): [first: number, second: number] {
    return [settled(this.samples[0]), settled(this.samples[1])]
  }
  private isForGood([first, second] = this.times()): boolean {
    return this.how === QUICK && second < FOR_GOOD * first
  }

  private decide(): void {
    const times = this.times()
    const [first, second] = times
    const isForGood = this.isForGood(times)
    this.samples = [[], []]
    const thorough = this.how === THOROUGH
    this.begin('chosen', second < (thorough ? MUST_WIN_BY * first : first) ? 1 : 0)
    this.isClear = second < CLEARLY * first || first < CLEARLY * second
    const isFinal = thorough ? this.turn === 0 || ++this.wins === 2 : isForGood || this.looks === LOOK_AGAIN.length
    if (isFinal) this.chosen = this.candidates[this.turn]
  }
}

const isEnd = (status: number): boolean => status === STATUS.tick || status === STATUS.bulkTick

/** Median of the later half: at first, engines are still busy with what is new to them. */
function settled(samples: readonly number[]): number {
  const late = samples.slice(samples.length >> 1).sort((a, b) => a - b)
  return late[(late.length - 1) >> 1]!
}

/** Iterations of `spin` in a ms that only machine code gets to: one in 8 ns. Interpreters take 25 ns and more for them. */
const COMPILED = 125_000

/** So many iterations without a change of the clock: it stands still while code runs (request handlers of Workers), or nearly. */
const STANDS = 2_000_000

/** Whether this engine makes machine code; undefined if its clock does not tell. Takes a ms where it does, 6 where it does not. */
export function engineCompiles(clock: () => number = now): boolean | undefined {
  const words = new Int32Array(16)
  const started = clock()
  let from = started
  let count = 0
  while (from - started < 6) {
    spin(words, 2000)
    count += 2000
    const t = clock()
    // Some clocks go in steps of a ms.
    if (t - from < 0.25) {
      if (count >= STANDS) return undefined
      continue
    }
    if (count > COMPILED * (t - from)) return true
    from = t
    count = 0
  }
  return false
}
function spin(words: Int32Array, n: number): void {
  let x = 1
  for (let i = 0; i < n; i++) {
    x = (x + words[x & 15]!) | 0
    words[i & 15] = x
  }
}

const choice = new Choice([runSwitch, runClosures], now, engineCompiles)
export const runChosen: Run = (T) => choice.run(T)
