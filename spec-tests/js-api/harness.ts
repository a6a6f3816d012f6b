/**
 * The functions that the js-api tests of the specification call (those of testharness.js), as globals, and a record of their
 * subtests. Bundled into a classic script and evaluated in the process of one test file, before that file; see `child.ts`.
 */

/** One subtest as it came out. */
export interface Subtest {
  readonly name: string
  /** What it threw, or undefined if it passed. */
  readonly failure: string | undefined
}

type Constructor = abstract new (...args: never[]) => unknown

const subtests: Subtest[] = []
/** Subtests run one after another, in the order of the file; asynchronous ones start when those before them have ended. */
let queue: Promise<void> = Promise.resolve()

class AssertionError extends Error {}

/** A value in the name of a subtest or in a message. */
function format_value(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'bigint') return `${value}n`
  if (Object.is(value, -0)) return '-0'
  if (typeof value === 'function') return `function ${value.name}`
  try {
    return String(value)
  } catch {
    return typeof value
  }
}

function fail(expectation: string, message?: unknown): never {
  throw new AssertionError(message === undefined ? expectation : `${format_value(message)}: ${expectation}`)
}

const words = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : format_value(error))

/** Runs it; what it threw, in a box. */
function thrownBy(run: () => unknown): { readonly error: unknown } | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    return { error }
  }
}

function checkThrown(constructor: Constructor, error: unknown, message?: unknown): void {
  if (typeof error !== 'object' || error === null) fail(`threw ${format_value(error)}, expected ${constructor.name}`, message)
  // The very constructor: a subclass, or the class of that name of another realm, is a failure.
  if ((error as Error).constructor !== constructor) fail(`threw ${words(error)}, expected ${constructor.name}`, message)
}

/** A function that must not be called. */
const unreached_func =
  (message?: unknown): (() => never) =>
  () =>
    fail('was called', message)

const globals = {
  self: globalThis,
  format_value,

  setup(run: unknown): void {
    if (typeof run === 'function') run()
  },

  test(run: (t: unknown) => unknown, name = 'untitled'): void {
    const cleanups: (() => void)[] = []
    const thrown = thrownBy(() => run({ add_cleanup: (f: () => void) => cleanups.push(f), unreached_func }))
    for (const cleanup of cleanups) cleanup()
    subtests.push({ name, failure: thrown && words(thrown.error) })
  },

  promise_test(run: (t: unknown) => unknown, name = 'untitled'): void {
    queue = queue.then(async () => {
      try {
        await run({ unreached_func })
        subtests.push({ name, failure: undefined })
      } catch (error) {
        subtests.push({ name, failure: words(error) })
      }
    })
  },

  assert_true(actual: unknown, message?: unknown): void {
    if (actual !== true) fail(`expected true, got ${format_value(actual)}`, message)
  },
  assert_false(actual: unknown, message?: unknown): void {
    if (actual !== false) fail(`expected false, got ${format_value(actual)}`, message)
  },
  assert_equals(actual: unknown, expected: unknown, message?: unknown): void {
    if (!Object.is(actual, expected)) fail(`expected ${format_value(expected)}, got ${format_value(actual)}`, message)
  },
  /** The name of the same in V8's own tests, which limits.any.js calls. */
  assertEquals(expected: unknown, actual: unknown): void {
    globals.assert_equals(actual, expected)
  },
  assert_not_equals(actual: unknown, unwanted: unknown, message?: unknown): void {
    if (Object.is(actual, unwanted)) fail(`got ${format_value(actual)}`, message)
  },
  assert_array_equals(actual: ArrayLike<unknown>, expected: ArrayLike<unknown>, message?: unknown): void {
    if (actual.length !== expected.length) fail(`expected length ${expected.length}, got ${actual.length}`, message)
    for (let i = 0; i < expected.length; i++)
      if (!Object.is(actual[i], expected[i]))
        fail(`at ${i}: expected ${format_value(expected[i])}, got ${format_value(actual[i])}`, message)
  },
  assert_own_property(object: object, key: PropertyKey, message?: unknown): void {
    if (!Object.hasOwn(object, key)) fail(`lacks the property ${String(key)}`, message)
  },
  assert_not_own_property(object: object, key: PropertyKey, message?: unknown): void {
    if (Object.hasOwn(object, key)) fail(`has the property ${String(key)}`, message)
  },
  assert_class_string(object: unknown, name: string, message?: unknown): void {
    const text: string = Object.prototype.toString.call(object)
    if (text !== `[object ${name}]`) fail(`expected [object ${name}], got ${text}`, message)
  },
  assert_unreached(message?: unknown): never {
    fail('was reached', message)
  },
  assert_throws_js(constructor: Constructor, run: () => unknown, message?: unknown): void {
    const thrown = thrownBy(run)
    if (thrown === undefined) fail(`did not throw, expected ${constructor.name}`, message)
    checkThrown(constructor, thrown.error, message)
  },
  assert_throws_exactly(expected: unknown, run: () => unknown, message?: unknown): void {
    const thrown = thrownBy(run)
    if (thrown === undefined) fail(`did not throw, expected ${format_value(expected)}`, message)
    if (!Object.is(thrown.error, expected)) fail(`threw ${words(thrown.error)}, expected ${format_value(expected)}`, message)
  },
  promise_rejects_js(_test: unknown, constructor: Constructor, promise: Promise<unknown>, message?: unknown): Promise<void> {
    return promise.then(
      () => fail(`was fulfilled, expected ${constructor.name}`, message),
      (error: unknown) => checkThrown(constructor, error, message),
    )
  },
  /** An older form that a few files use: an example of the error. */
  assert_throws(example: Error, run: () => unknown, message?: unknown): void {
    globals.assert_throws_js(example.constructor as Constructor, run, message)
  },
  promise_rejects(test: unknown, example: Error, promise: Promise<unknown>, message?: unknown): Promise<void> {
    return globals.promise_rejects_js(test, example.constructor as Constructor, promise, message)
  },

  /** Ours: all subtests, when the last has ended. */
  async subtestsOfThisFile(): Promise<readonly Subtest[]> {
    // A subtest may add others to the queue.
    for (let seen; seen !== queue;) await (seen = queue)
    return subtests
  },
}

Object.assign(globalThis, globals)
