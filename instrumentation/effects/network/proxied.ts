import { takeApart } from "../../../processors/hosts.ts";

/** Where a proxy is asked to connect to. */
export interface Proxied {
  readonly host: string;
  readonly scheme: string | undefined;
}

/** The hosts that the first line of a request names besides the one it is sent to: `CONNECT host:port`, or a whole URL in the place of a path. */
export function proxiedHosts(method: string, path: string): readonly Proxied[] {
  if (method === "CONNECT") return (takeApart(`//${path}`)?.hosts ?? []).map(({ host }) => ({ host, scheme: undefined }));
  if (path.startsWith("/")) return [];
  const parts = takeApart(path);
  return (parts?.hosts ?? []).map(({ host }) => ({ host, scheme: parts?.scheme || undefined }));
}
