/** The long campaigns: `npm run long`. The same tests as in CI, with VITRINE_LONG set. */
process.env.VITRINE_LONG = '1'
await import('./fuzz.test.ts')
await import('./hostile.test.ts')
await import('./short-ways.test.ts')

export {}
