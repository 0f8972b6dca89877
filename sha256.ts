/** Loaded on first use: most processes that preload spangate never hash anything, and the module costs megabytes. */
let crypto: typeof import("node:crypto") | undefined;

/** SHA-256 in one call, which is three times as fast as a Hash object. */
export function sha256(data: string | Uint8Array, encoding: "base64" | "hex"): string {
  crypto ??= process.getBuiltinModule("node:crypto");
  return crypto.hash("sha256", data, encoding);
}
