import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { ROOT } from "../support/run.ts";
import { panelsOf, targetsOf } from "./lint.ts";

export interface BoardExpression {
  /** Title of the panel, and the legend where it has more than one line of queries. */
  readonly title: string;
  readonly expression: string;
}

/** Every expression of the committed board. */
export function boardExpressions(): BoardExpression[] {
  const board = JSON.parse(readFileSync(join(ROOT, "dashboards/generated/overview.json"), "utf8")) as Dashboard;
  return panelsOf(board).flatMap((panel) => {
    const targets = targetsOf(panel);
    return targets.map(({ expr, legendFormat }) => ({ title: targets.length > 1 ? `${panel.title}: ${legendFormat}` : String(panel.title), expression: expr }));
  });
}

/** As Grafana fills an expression in when everything is selected. */
export function substituted(expression: string, rateInterval = "1m", range = "1h"): string {
  return expression.replaceAll("$__rate_interval", rateInterval).replaceAll("$__range", range).replaceAll("$job", ".+").replaceAll("$instance", ".+");
}
