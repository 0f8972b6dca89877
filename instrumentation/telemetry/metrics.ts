import { attributesOf, type Clean, noAttributes, UNREADABLE } from "./item.ts";
import type { Scope } from "./scope.ts";
import { Series } from "./series.ts";

interface Exemplar {
  readonly filteredAttributes?: object;
}

interface Point {
  readonly attributes: object;
  readonly exemplars?: readonly Exemplar[];
}

interface Metric {
  readonly descriptor: { readonly name: string; readonly description: string; readonly unit: string };
  readonly dataPoints: readonly Point[];
}

/** What of collected metrics is the same in sdk-metrics 1 to 3. */
export interface CollectedMetrics {
  readonly resource: object;
  readonly scopeMetrics: readonly { readonly scope: Scope; readonly metrics: readonly Metric[] }[];
}

/** What becomes of one set of attributes. */
interface Cleaned {
  readonly attributes: object;
  /** Where something was taken out: a key of it, and both sets as text, to tell series apart. */
  readonly changed?: { readonly key: string; readonly before: string; readonly after: string };
}

/** Metrics: names and descriptions, the attributes of each point and of its exemplars. Numbers stay as they are. */
export class Metrics {
  readonly #clean: Clean;
  readonly #series = new Series();
  /** The SDK keeps the attributes of a series from one collection to the next. */
  readonly #known = new WeakMap<object, Cleaned>();
  readonly #descriptors = new WeakMap<object, Metric["descriptor"]>();

  constructor(clean: Clean) {
    this.#clean = clean;
  }

  /** The same object where there is nothing to take out. */
  clean(metric: Metric, scope: string): Metric {
    let descriptor = this.#descriptors.get(metric.descriptor);
    if (!descriptor) this.#descriptors.set(metric.descriptor, (descriptor = this.#descriptor(metric.descriptor)));
    const name = `${scope}\0${descriptor.name}`;
    const dataPoints = metric.dataPoints.map((point) => this.#point(point, name));
    const same = descriptor === metric.descriptor && dataPoints.every((point, index) => point === metric.dataPoints[index]);
    return same ? metric : { ...metric, descriptor, dataPoints };
  }

  #descriptor(descriptor: Metric["descriptor"]): Metric["descriptor"] {
    const parts = [descriptor.name, descriptor.description, descriptor.unit] as const;
    const cleaned = this.#clean(parts);
    if (cleaned === parts) return descriptor;
    const [name, description, unit] = cleaned;
    return { ...descriptor, name, description, unit };
  }

  #point(point: Point, metric: string): Point {
    const attributes = this.#attributes(point.attributes, metric);
    const exemplars = point.exemplars?.map((exemplar) => {
      const filteredAttributes = exemplar.filteredAttributes && this.#set(exemplar.filteredAttributes).attributes;
      return filteredAttributes === exemplar.filteredAttributes ? exemplar : { ...exemplar, filteredAttributes: filteredAttributes as object };
    });
    const same = attributes === point.attributes && (exemplars?.every((exemplar, index) => exemplar === point.exemplars?.[index]) ?? true);
    return same ? point : { ...point, attributes, ...(exemplars && { exemplars }) };
  }

  #attributes(attributes: object, metric: string): object {
    const cleaned = this.#set(attributes);
    if (!cleaned.changed) return cleaned.attributes;
    const { key, before, after } = cleaned.changed;
    const number = this.#series.numberOf(metric, after, before);
    if (number === 1) return cleaned.attributes;
    return { ...cleaned.attributes, [key]: `${String((cleaned.attributes as Record<string, unknown>)[key])} (${number})` };
  }

  #set(attributes: object): Cleaned {
    let known = this.#known.get(attributes);
    if (!known) {
      this.#known.set(attributes, (known = this.#searched(attributes)));
      if (known.attributes !== attributes) this.#known.set(known.attributes, { attributes: known.attributes });
    }
    return known;
  }

  #searched(attributes: object): Cleaned {
    const [cleaned] = this.#clean([attributes]);
    if (cleaned === attributes) return { attributes };
    const kept = attributesOf(cleaned);
    const key = Object.keys(kept).find((name) => (kept as Record<string, unknown>)[name] !== (attributes as Record<string, unknown>)[name]);
    return { attributes: kept, changed: { key: key ?? "", before: textOf(attributes), after: textOf(kept) } };
  }
}

/** What is left of a metric that could not be looked at: its numbers. */
export function withheldMetric(metric: Metric): Metric {
  return {
    ...metric, descriptor: { ...metric.descriptor, name: UNREADABLE, description: "" },
    dataPoints: metric.dataPoints.map(({ exemplars: _, ...point }) => ({ ...point, attributes: noAttributes() })),
  };
}

function textOf(attributes: object): string {
  return JSON.stringify(Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1)), (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));
}
