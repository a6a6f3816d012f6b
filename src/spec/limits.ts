/**
 * Implementation limits. The numbers are those of the WebAssembly JavaScript Interface, section "Implementation-defined
 * Limits", so that a module which a browser takes is taken here. Checked by the decoder and the validator (a module
 * beyond them is refused, before anything is allocated for it) and by the runtime (growth beyond them fails). What is not
 * from there is marked. Two of that list hold only once a module is instantiated, because the core specification's suite
 * has valid modules that declare more: the size of a table and of a 64-bit memory.
 */

// Module
/** Bytes of a module: 1 GiB. */
export const MAX_MODULE_SIZE: number = 0x4000_0000
export const MAX_TYPES: number = 1_000_000
export const MAX_REC_GROUPS: number = 1_000_000
export const MAX_REC_GROUP_SIZE: number = 1_000_000
/** A type without a supertype has depth 0. */
export const MAX_SUBTYPE_DEPTH: number = 63
export const MAX_FUNCTIONS: number = 1_000_000
export const MAX_IMPORTS: number = 1_000_000
export const MAX_EXPORTS: number = 1_000_000
export const MAX_GLOBALS: number = 1_000_000
export const MAX_TAGS: number = 1_000_000
export const MAX_DATA_SEGMENTS: number = 100_000
/** Not in that list; the number that its test suite (limits.any.js) and engines have. */
export const MAX_ELEMENT_SEGMENTS: number = 10_000_000
/** Defined and imported together. */
export const MAX_TABLES: number = 100_000
/** Defined and imported together. */
export const MAX_MEMORIES: number = 100

// Tables and memories
/** Entries of a table when it is made and after growth. */
export const MAX_TABLE_SIZE: number = 10_000_000
/** Entries of one element segment. */
export const MAX_TABLE_INIT_ENTRIES: number = 10_000_000
/** Pages of 64 KiB that the limits of a 32-bit memory may state: 4 GiB. */
export const MAX_MEMORY32_PAGES: number = 65_536
/** Pages of a 64-bit memory whose addresses are exact as JS numbers: 2^53 - 2^16 bytes. The validator takes 2^48 pages, as the core specification does. */
export const MAX_MEMORY64_PAGES: number = 2 ** 37 - 1
/** Pages that a 64-bit memory may reach at run time: 16 GiB. */
export const MAX_MEMORY64_RUNTIME_PAGES: number = 262_144

// Functions and types
/** Parameters of a function or block. */
export const MAX_PARAMS: number = 1_000
/** Results of a function or block. */
export const MAX_RESULTS: number = 1_000
/** Bytes of a function body with its local declarations. */
export const MAX_FUNCTION_SIZE: number = 7_654_321
/** Locals of a function, its parameters included. */
export const MAX_LOCALS: number = 50_000
export const MAX_STRUCT_FIELDS: number = 10_000
/** Operands of array.new_fixed. */
export const MAX_ARRAY_NEW_FIXED: number = 10_000
/** Labels of br_table. Not in the list of the JS API: the value that browser engines use. */
export const MAX_BR_TABLE_SIZE: number = 65_520
