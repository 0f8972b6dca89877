// An application with words of its own for zod's mistakes, and one of its schemas.
import * as z from "zod/mini";

const before = z.string().safeParse(1).error.issues[0].message;
z.config({ customError: () => "nicht gut" });
const { enforce } = await import("spangate");
let refused;
try {
  enforce({ spangate: 1, name: 1 });
} catch (thrown) {
  refused = thrown.message;
}
console.log(JSON.stringify({ before, after: z.string().safeParse(1).error.issues[0].message, refused }));
