/** `model.test.ts` with 50,000 random sequences of calls. */
import { afterAll, test } from 'vitest'
import { removeTemporary } from '../../../test/helpers/file-systems.ts'
import { compareWithModel } from '../../../test/helpers/model-run.ts'

afterAll(removeTemporary)

test('every complete file system does what the model does', async () => {
  await compareWithModel(50_000)
})
