import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { ROOT } from "../support/run.ts";
import { panelsOf, targetsOf } from "./lint.ts";

const FOLDER = join(ROOT, "dashboards/generated");

/** Every committed board, in the classic schema. */
export const BOARD_NAMES: readonly string[] = readdirSync(FOLDER).filter((file) => file.endsWith(".json")).map((file) => file.replace(".json", ""));
/** Those on Prometheus. */
export const METRIC_BOARDS: readonly string[] = BOARD_NAMES.filter((name) => name !== "search");

export function readBoard(name: string): Dashboard {
  return JSON.parse(readFileSync(join(FOLDER, `${name}.json`), "utf8")) as Dashboard;
}

export interface BoardExpression {
  /** Board and title of the panel, and the legend where it has more than one line of queries. */
  readonly title: string;
  readonly expression: string;
}

/** Every expression of the committed boards, those of their annotations included. */
export function boardExpressions(): BoardExpression[] {
  return METRIC_BOARDS.flatMap((name) => {
    const board = readBoard(name);
    const annotations = (board.annotations?.list ?? []).map(({ name: title, expr }) => ({ title: `${name}: ${title}`, expression: expr as string }));
    return [...annotations, ...panelsOf(board).flatMap((panel) => {
      const targets = targetsOf(panel);
      return targets.map(({ expr, legendFormat }) => ({ title: `${name}: ${panel.title}${targets.length > 1 ? `: ${legendFormat}` : ""}`, expression: expr }));
    })];
  });
}

/** As Grafana fills an expression in when everything is selected. */
export function substituted(expression: string, rateInterval = "1m", range = "1h"): string {
  return expression.replaceAll("$__rate_interval", rateInterval).replaceAll("$__range", range).replaceAll("$job", ".+").replaceAll("$instance", ".+");
}
