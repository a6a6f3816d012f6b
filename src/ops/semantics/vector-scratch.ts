/**
 * A vector outside the register file, for results that come into being while their operands are still needed and may lie
 * in the same place. Used within one op only. Called by vector-lanes.ts and by the executors its bodies are pasted into.
 */
export const X: Int32Array = new Int32Array(4)
export const X8: Int8Array = new Int8Array(X.buffer)
export const X16: Int16Array = new Int16Array(X.buffer)
