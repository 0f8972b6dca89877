// Plants everything that is asked for, and writes what the application saw itself to the file that CANARY_REPORT names.
"use strict";
const { writeFileSync } = require("node:fs");
const { plantAgent, plantLogs, plantMetrics, plantRequests, plantSpans } = require("./plant.cjs");

/** @param api the API of OpenTelemetry as the application loads it */
exports.run = async function run(api) {
  const { CANARY_PLACES = "traces,logs,metrics", CANARY_UPSTREAM, CANARY_SCRAPE, CANARY_REPORT } = process.env;
  const wanted = new Set(CANARY_PLACES.split(","));
  const live = {};
  if (wanted.has("traces")) plantSpans(api, live);
  if (wanted.has("logs")) plantLogs(api);
  if (wanted.has("metrics")) plantMetrics(api);
  if (wanted.has("request")) await plantRequests(api, CANARY_UPSTREAM);
  if (wanted.has("ai")) await plantAgent();
  const scraped = CANARY_SCRAPE && (await (await fetch(CANARY_SCRAPE)).text());
  if (CANARY_REPORT) writeFileSync(CANARY_REPORT, JSON.stringify({ scraped, span: live.span && { attributes: live.span.attributes, events: live.span.events } }));
};
