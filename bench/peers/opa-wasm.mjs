// Runs a policy that `opa build -t wasm` made (OPA's WebAssembly ABI 1.2): what @open-policy-agent/opa-wasm does
// in its fast path, without its support for built-in functions written in JavaScript, which policy.rego needs none of.

const PAGE = 65_536;

/** @returns {Promise<{ evaluate(path: string, input: object): Promise<unknown> }>} a `PolicyClient` of @ai-sdk/policy-opa */
export async function loadPolicy(wasm) {
  const memory = new WebAssembly.Memory({ initial: 5 });
  const stop = (what) => { throw new Error(`the policy stopped: ${what}`); };
  const env = { memory, opa_abort: stop, opa_builtin0: stop, opa_builtin1: stop, opa_builtin2: stop, opa_builtin3: stop, opa_builtin4: stop };
  const { instance } = await WebAssembly.instantiate(wasm, { env });
  const { opa_eval, opa_heap_ptr_get, opa_json_parse, opa_malloc } = instance.exports;

  const empty = Buffer.from("{}");
  const at = opa_malloc(empty.length);
  new Uint8Array(memory.buffer).set(empty, at);
  const data = opa_json_parse(at, empty.length);
  const heap = opa_heap_ptr_get();

  return {
    async evaluate(_path, input) {
      const text = Buffer.from(JSON.stringify(input));
      const lacking = heap + text.length - memory.buffer.byteLength;
      if (lacking > 0) memory.grow(Math.ceil(lacking / PAGE));
      new Uint8Array(memory.buffer).set(text, heap);
      const start = opa_eval(0, 0, data, heap, text.length, heap + text.length, 0);
      const bytes = Buffer.from(memory.buffer);
      const [first] = JSON.parse(bytes.toString("utf8", start, bytes.indexOf(0, start)));
      return first?.result;
    },
  };
}
