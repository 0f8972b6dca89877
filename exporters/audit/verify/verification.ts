/** What is verified: loaded when somebody does. @module */
export { verifyDirectory } from "./directory.ts";
export { verifyExport } from "./export.ts";
