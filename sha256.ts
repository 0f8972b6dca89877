/** Loaded on first use: most processes that preload spangate never hash anything, and the module costs megabytes. */
let crypto: typeof import("node:crypto") | undefined;

/** SHA-256 in one call, which is three times as fast as a Hash object. */
export function sha256(data: string | Uint8Array, encoding: "base64" | "hex" | "latin1"): string {
  crypto ??= process.getBuiltinModule("node:crypto");
  // The type declarations know latin1 by its old name only.
  return crypto.hash("sha256", data, encoding as "binary");
}
