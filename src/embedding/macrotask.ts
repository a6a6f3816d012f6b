/** The host's event loop: how to let it run. Each engine offers something else. */
interface Host {
  setImmediate?: (f: () => void) => unknown
  setTimeout?: (f: () => void, ms: number) => unknown
  MessageChannel?: new () => { port1: { onmessage: unknown; close?: () => void }; port2: { postMessage: (value: unknown) => void } }
}
const host = globalThis as unknown as Host

/** Resolves after the event loop has had a turn; in engines without one, after a microtask. */
export function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    if (host.setImmediate !== undefined) host.setImmediate(resolve)
    else if (host.MessageChannel !== undefined) {
      const { port1, port2 } = new host.MessageChannel()
      port1.onmessage = () => {
        port1.close?.()
        resolve()
      }
      port2.postMessage(0)
    } else if (host.setTimeout !== undefined) host.setTimeout(resolve, 0)
    else resolve()
  })
}
