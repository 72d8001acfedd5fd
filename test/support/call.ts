/** Asking for operations where a test answers texts. */
import { type Call, callBy } from "../../src/connection/call.ts";
import type { Reply } from "../../src/connection/errors.ts";

type Answer = (text: string) => Promise<Reply>;

/** Asks for operations in words, which `answer` reads. */
export function callOf(answer: Answer): Call {
  return (operation, input, extras) => callBy(answer, operation, input, extras?.token);
}
