// The application's SDK, configured by the environment alone. Preloaded, or imported by app.mjs.
import { NodeSDK } from "@opentelemetry/sdk-node";

const sdk = new NodeSDK();
sdk.start();
export const shutdown = () => sdk.shutdown();
