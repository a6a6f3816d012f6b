/** By name of the package. */
export const clients: Readonly<Record<string, () => Promise<string>>>
