/**
 * Random calls on files against the simplest file system (`test/helpers/model-fs.ts`): all complete file systems must say the
 * same to each call. `VITRINE_FUZZ` gives the number of sequences; `model.long.test.ts` runs many.
 */
import { afterAll, test } from 'vitest'
import { removeTemporary } from '../../../test/helpers/file-systems.ts'
import { compareWithModel } from '../../../test/helpers/model-run.ts'

afterAll(removeTemporary)

test('every complete file system does what the model does', async () => {
  await compareWithModel(Number(process.env.VITRINE_FUZZ ?? 300))
}, 3_600_000)
