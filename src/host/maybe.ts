/**
 * A host operation may answer at once or later. These helpers keep the synchronous case free of promises:
 * no await, no microtask, no closure that outlives the call. Used by the whole host layer and the WASI adapters.
 */

/** A value, or a promise of it. A promise parks the Wasm thread that asked. */
export type Maybe<T> = T | Promise<T>

/** True for anything with a `then` method (promises of other realms too). */
export function isPromise<T>(value: Maybe<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}

/** `fn(value)`, at once when `value` is there already. (Not named `then`: a module that exports `then` is taken for a promise by `import()`.) */
export function chain<T, U>(value: Maybe<T>, fn: (value: T) => Maybe<U>): Maybe<U> {
  return isPromise(value) ? value.then(fn) : fn(value)
}

/** Runs `body`, then `done` in every case: normal end, throw, rejection. */
export function ensure<T>(body: () => Maybe<T>, done: () => void): Maybe<T> {
  let result: Maybe<T>
  try {
    result = body()
  } catch (e) {
    done()
    throw e
  }
  if (!isPromise(result)) {
    done()
    return result
  }
  return result.then(
    (value) => {
      done()
      return value
    },
    (e: unknown) => {
      done()
      throw e
    },
  )
}

/** Runs `body`; a throw or a rejection goes to `failed`. */
export function attempt<T>(body: () => Maybe<T>, failed: (e: unknown) => Maybe<T>): Maybe<T> {
  try {
    const result = body()
    return isPromise(result) ? result.then(undefined, failed) : result
  } catch (e) {
    return failed(e)
  }
}
