/**
 * Rewrites a classic script for engines that lack classes and async arrow functions, and in which every round of a loop shares
 * one `let` (Hermes 0.12). Everything else of ES2020 stays as it is: the loops of the executors keep their switches with literal labels.
 */
import { transformSync } from '@swc/core'

/** `script`: what esbuild made, as an IIFE. */
export const lower = (script: string): string =>
  transformSync(script, {
    configFile: false,
    swcrc: false,
    isModule: false,
    sourceMaps: false,
    // An engine that needs nothing rewritten; what is to be rewritten is named.
    env: { targets: 'chrome 80', include: ['transform-classes', 'transform-block-scoping', 'transform-async-to-generator'] },
  }).code
