/**
 * The instructions whose names do not follow a scheme: control, variables, tables, memories, references, aggregates,
 * continuations. One row each: what it does, and its stack type where the table of instructions has none because it
 * depends on the context. `t` stands for a type, `t*` for a list, `at` for the address type of a memory or table.
 * Called by ./index.ts.
 */

export interface Word {
  readonly text: string
  /** Stack type, in the notation of the specification; undefined where the instruction table has it. */
  readonly type?: string
}
const w = (text: string, type?: string): Word => (type === undefined ? { text } : { text, type })

// oxfmt-ignore
export const words: Readonly<Record<string, Word>> = {
  // Control
  unreachable: w('Always traps: the program says that it never gets here.', '[t1*] -> [t2*]'),
  nop: w('Does nothing.'),
  block: w('Opens a block; a branch to its label goes to its end.', '[t1*] -> [t2*]'),
  loop: w('Opens a block; a branch to its label goes back to its start.', '[t1*] -> [t2*]'),
  if: w('Opens a block that is executed if the operand is not zero; otherwise the part after `else` is.', '[t1* i32] -> [t2*]'),
  else: w('Ends the first part of an `if` and begins the second.', '[t2*] -> [t1*]'),
  end: w('Ends a block or the function.', '[t*] -> [t*]'),
  br: w('Branches to a label: out of a block, or back to the start of a loop.', '[t1* t*] -> [t2*]'),
  br_if: w('Branches to a label if the operand is not zero.', '[t* i32] -> [t*]'),
  br_table: w('Branches to the label with that number in a list, or to the default label beyond it.', '[t1* t* i32] -> [t2*]'),
  return: w('Leaves the function with its results.', '[t1* t*] -> [t2*]'),
  call: w('Calls a function.', '[t1*] -> [t2*]'),
  call_indirect: w('Calls the function in a table entry, after checking its type.', '[t1* at] -> [t2*]'),
  return_call: w('Calls a function in place of the current one: its results are the results of the caller.', '[t3* t1*] -> [t4*]'),
  return_call_indirect: w('Calls the function in a table entry in place of the current one, after checking its type.', '[t3* t1* at] -> [t4*]'),
  call_ref: w('Calls the function of a reference.', '[t1* (ref null x)] -> [t2*]'),
  return_call_ref: w('Calls the function of a reference in place of the current one.', '[t3* t1* (ref null x)] -> [t4*]'),
  throw: w('Throws an exception with a tag and the values that the tag has.', '[t1* t*] -> [t2*]'),
  throw_ref: w('Throws a caught exception again.', '[t1* exnref] -> [t2*]'),
  try_table: w('Opens a block; an exception thrown inside branches to the label of the first clause that matches its tag.', '[t1*] -> [t2*]'),
  try: w('Opens a block whose exceptions the following `catch`, `catch_all` or `delegate` handle.', '[t1*] -> [t2*]'),
  catch: w('Ends the part before it and handles exceptions of a tag, whose values it pushes.', '[t2*] -> [t*]'),
  catch_all: w('Ends the part before it and handles every exception.', '[t2*] -> []'),
  rethrow: w('Throws the exception of an enclosing `catch` again.', '[t1*] -> [t2*]'),
  delegate: w('Ends a `try` and leaves its exceptions to the `try` that a label names.', '[t2*] -> [t2*]'),
  br_on_null: w('Branches if the reference is null; otherwise keeps it, now known not to be null.', '[t* (ref null ht)] -> [t* (ref ht)]'),
  br_on_non_null: w('Branches, with the reference, if it is not null.', '[t* (ref null ht)] -> [t*]'),
  br_on_cast: w('Branches, with the reference, if it has the target type.', '[t* rt1] -> [t* rt1∖rt2]'),
  br_on_cast_fail: w('Branches, with the reference, if it does not have the target type.', '[t* rt1] -> [t* rt2]'),

  // Parametric and variables
  drop: w('Throws the topmost operand away.', '[t] -> []'),
  select: w('Keeps the first of two values if the third operand is not zero, else the second.', '[t t i32] -> [t]'),
  'local.get': w('Pushes the value of a local or parameter.', '[] -> [t]'),
  'local.set': w('Pops a value into a local or parameter.', '[t] -> []'),
  'local.tee': w('Stores the topmost operand in a local or parameter and leaves it on the stack.', '[t] -> [t]'),
  'global.get': w('Pushes the value of a global.', '[] -> [t]'),
  'global.set': w('Pops a value into a mutable global.', '[t] -> []'),

  // Tables
  'table.get': w('Pushes the reference in a table entry.', '[at] -> [t]'),
  'table.set': w('Writes a reference into a table entry.', '[at t] -> []'),
  'table.size': w('Pushes the number of entries of a table.', '[] -> [at]'),
  'table.grow': w('Appends entries that hold a reference; pushes the old size, or -1 if the table cannot grow so far.', '[t at] -> [at]'),
  'table.fill': w('Writes a reference into a range of entries: start, reference, length.', '[at t at] -> []'),
  'table.copy': w('Copies entries between tables, or inside one where ranges may overlap: destination, source, length.', '[at1 at2 at] -> []'),
  'table.init': w('Copies entries of an element segment into a table: destination, source, length.', '[at i32 i32] -> []'),
  'elem.drop': w('Gives an element segment up: it counts as empty from now on.', '[] -> []'),

  // Memories
  'memory.size': w('Pushes the size of a memory in pages.', '[] -> [at]'),
  'memory.grow': w('Grows a memory by a number of pages; pushes the old size, or -1 if it cannot grow so far.', '[at] -> [at]'),
  'memory.fill': w('Sets a range of bytes to a value: start, value, length.', '[at i32 at] -> []'),
  'memory.copy': w('Copies bytes between memories, or inside one where ranges may overlap: destination, source, length.', '[at1 at2 at] -> []'),
  'memory.init': w('Copies bytes of a data segment into a memory: destination, source, length.', '[at i32 i32] -> []'),
  'data.drop': w('Gives a data segment up: it counts as empty from now on.', '[] -> []'),
  'memory.atomic.notify': w('Wakes up to a number of threads that wait at an address; pushes how many.'),
  'memory.atomic.wait32': w('Waits at an address while the i32 there is the expected one; pushes 0 woken, 1 not equal, 2 timed out.'),
  'memory.atomic.wait64': w('Waits at an address while the i64 there is the expected one; pushes 0 woken, 1 not equal, 2 timed out.'),
  'atomic.fence': w('Keeps memory accesses before it from moving behind it, and the other way round.'),

  // References
  'ref.null': w('Pushes a null reference.', '[] -> [(ref null ht)]'),
  'ref.is_null': w('Pushes 1 if the reference is null, else 0.', '[(ref null ht)] -> [i32]'),
  'ref.func': w('Pushes a reference to a function.', '[] -> [(ref x)]'),
  'ref.eq': w('Pushes 1 if both references are the same object, the same i31 or both null, else 0.'),
  'ref.as_non_null': w('Traps if the reference is null, else passes it on as one that is not.', '[(ref null ht)] -> [(ref ht)]'),
  'ref.test': w('Pushes 1 if the reference has a type, else 0.', '[rt] -> [i32]'),
  'ref.cast': w('Traps unless the reference has a type, and passes it on as one of that type.', '[rt1] -> [rt2]'),
  'any.convert_extern': w('Takes a reference of the host as one of the `any` hierarchy.', '[(ref null extern)] -> [(ref null any)]'),
  'extern.convert_any': w('Takes a reference of the `any` hierarchy as one of the host.', '[(ref null any)] -> [(ref null extern)]'),
  'ref.i31': w('Makes a reference that is the low 31 bits of an integer.'),
  'i31.get_s': w('Pushes the integer of an i31 reference, taken as signed.'),
  'i31.get_u': w('Pushes the integer of an i31 reference, taken as unsigned.'),

  // Structures and arrays
  'struct.new': w('Makes a structure with the operands as its fields.', '[t*] -> [(ref x)]'),
  'struct.new_default': w('Makes a structure whose fields are zero or null.', '[] -> [(ref x)]'),
  'struct.get': w('Pushes a field of a structure.', '[(ref null x)] -> [t]'),
  'struct.get_s': w('Pushes a packed field of a structure, widened as signed.', '[(ref null x)] -> [i32]'),
  'struct.get_u': w('Pushes a packed field of a structure, widened as unsigned.', '[(ref null x)] -> [i32]'),
  'struct.set': w('Writes a field of a structure.', '[(ref null x) t] -> []'),
  'array.new': w('Makes an array of a length whose elements all hold a value.', '[t i32] -> [(ref x)]'),
  'array.new_default': w('Makes an array of a length whose elements are zero or null.', '[i32] -> [(ref x)]'),
  'array.new_fixed': w('Makes an array of as many operands as the instruction says.', '[t^n] -> [(ref x)]'),
  'array.new_data': w('Makes an array of bytes of a data segment: start, length.', '[i32 i32] -> [(ref x)]'),
  'array.new_elem': w('Makes an array of references of an element segment: start, length.', '[i32 i32] -> [(ref x)]'),
  'array.get': w('Pushes an element of an array.', '[(ref null x) i32] -> [t]'),
  'array.get_s': w('Pushes a packed element of an array, widened as signed.', '[(ref null x) i32] -> [i32]'),
  'array.get_u': w('Pushes a packed element of an array, widened as unsigned.', '[(ref null x) i32] -> [i32]'),
  'array.set': w('Writes an element of an array.', '[(ref null x) i32 t] -> []'),
  'array.len': w('Pushes the length of an array.'),
  'array.fill': w('Writes a value into a range of an array: start, value, length.', '[(ref null x) i32 t i32] -> []'),
  'array.copy': w('Copies elements between arrays, or inside one where ranges may overlap.', '[(ref null x) i32 (ref null y) i32 i32] -> []'),
  'array.init_data': w('Copies bytes of a data segment into an array: destination, source, length.', '[(ref null x) i32 i32 i32] -> []'),
  'array.init_elem': w('Copies references of an element segment into an array: destination, source, length.', '[(ref null x) i32 i32 i32] -> []'),

  // Stack switching
  'cont.new': w('Makes a continuation that will begin with a function.', '[(ref null x)] -> [(ref y)]'),
  'cont.bind': w('Gives a continuation its first arguments.', '[t* (ref null x)] -> [(ref y)]'),
  suspend: w('Stops the running continuation and hands its tag and values to the handler.', '[t1*] -> [t2*]'),
  resume: w('Goes on with a continuation; suspensions inside branch to the label of the clause with their tag.', '[t1* (ref null x)] -> [t2*]'),
  resume_throw: w('Goes on with a continuation by throwing an exception in it.', '[t1* (ref null x)] -> [t2*]'),
  resume_throw_ref: w('Goes on with a continuation by throwing a caught exception in it.', '[exnref (ref null x)] -> [t2*]'),
  switch: w('Stops the running continuation and goes on with another one, which gets it as its last argument.', '[t1* (ref null x)] -> [t2*]'),
}
