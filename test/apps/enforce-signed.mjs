// Tries to put policies in force by itself: one made in code, one from a file that is not signed, and one from a file that is.
import { enforce, guardTool } from "spangate";

const [unsigned, signed] = process.argv.slice(2);
const tool = guardTool("wipe", () => "allowed");
const call = () => tool({}).catch(() => "denied");
const put = (policy) => {
  try {
    enforce(policy);
    return "replaced";
  } catch (thrown) {
    return thrown.code;
  }
};

const code = put({ spangate: 1, name: "t", default: "allow" });
const file = put(unsigned);
const after = await call();
console.log(JSON.stringify({ code, file, after, signed: put(signed), last: await call() }));
