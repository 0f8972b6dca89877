// An application that makes some calls and then none, until its standard input is closed.
import { guardTool } from "spangate";

const read = guardTool("read", () => "text");
for (let call = 0; call < 20; call++) await read({ call });
process.stdin.resume();
