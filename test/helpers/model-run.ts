/**
 * Runs random sequences of calls on the model and on every complete file system, and compares what each call says.
 * Called by `src/wasi/preview1/model.test.ts` and its long version.
 */
import fc from 'fast-check'
import { expect } from 'vitest'
import { kinds, removeTemporary, type Tree } from './file-systems.ts'
import { rooted, TestGuest } from './guest.ts'
import { askGuest, askModel, calls, ModelFs } from './model-fs.ts'

const TREE: Tree = { 'a/b/c': '0123456789', 'a/c': 'content', 'b/': '', l: '-> a/b' }
/** Without those that answer later: they are the same ones, and slow. Without checked paths, which lose a directory that is renamed. */
const complete = kinds.filter((k) => k.writable && k.hardLinks && k.symlinks && k.staysOnDirectory && k.sync)

export async function compareWithModel(sequences: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(calls, async (sequence) => {
      const guests = await Promise.all(
        complete.map(async ({ name, build }) => [name, new TestGuest({ fs: { '/': await rooted(await build(TREE)) } })] as const),
      )
      const model = new ModelFs(TREE)
      for (const random of sequence) {
        const call = model.concrete(random)
        const expected = askModel(model, call)
        for (const [name, guest] of guests) expect([name, call, await askGuest(guest, call)]).toEqual([name, call, expected])
      }
      for (const [, guest] of guests) guest.wasi.close()
      removeTemporary()
    }),
    { numRuns: sequences },
  )
}
