import * as module from "node:module";

/**
 * Acts when the application loads one of Node's modules, before it gets it, or at once when it is there: those that do
 * not use TLS or HTTP/2 need not pay for it.
 *
 * @param actions the name of a module, with `node:` → what to do, once
 */
export function whenLoaded(actions: Readonly<Record<string, () => void>>): void {
  const { moduleLoadList } = process as unknown as { readonly moduleLoadList?: readonly string[] };
  const waiting = new Map<string, () => void>();
  for (const [name, act] of Object.entries(actions)) {
    // A Node that does not tell what is there: at once.
    if (!moduleLoadList || moduleLoadList.includes(`NativeModule ${name.replace("node:", "")}`)) act();
    else waiting.set(name, act);
  }
  if (waiting.size === 0) return;
  const hooks = module.registerHooks({
    load(url, context, nextLoad) {
      const act = waiting.get(url);
      if (act && waiting.delete(url)) {
        if (waiting.size === 0) hooks.deregister();
        act();
      }
      return nextLoad(url, context);
    },
  });
}
