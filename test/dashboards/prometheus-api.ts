import assert from "node:assert/strict";

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

export interface Rule {
  readonly name: string;
  readonly type: "alerting" | "recording";
  readonly health: string;
  readonly lastError?: string;
  readonly state: string;
  readonly alerts: readonly { readonly labels: Readonly<Record<string, string>>; readonly annotations: Readonly<Record<string, string>> }[];
}

export interface PrometheusApi {
  query(expression: string): Promise<readonly Sample[]>;
  rules(): Promise<readonly Rule[]>;
}

/** The HTTP API of a Prometheus on this machine. An answer that is an error fails the test. */
export function prometheusApi(port: number): PrometheusApi {
  const get = async <T>(path: string): Promise<T> => {
    const answer = (await (await fetch(`http://127.0.0.1:${port}/api/v1/${path}`)).json()) as { status: string; error?: string; data: T };
    assert.equal(answer.status, "success", answer.error);
    return answer.data;
  };
  return {
    query: async (expression) => (await get<{ result: Sample[] }>(`query?query=${encodeURIComponent(expression)}`)).result,
    rules: async () => (await get<{ groups: { rules: Rule[] }[] }>("rules")).groups.flatMap(({ rules }) => rules),
  };
}

export function numbers(samples: readonly Sample[] = []): number[] {
  return samples.map(({ value }) => Number(value[1]));
}
