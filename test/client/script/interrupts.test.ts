/** What Ctrl-C and SIGTERM do to a script. */
import { expect, test } from "vitest";
import type { Program } from "../../../src/client/program.ts";
import { type Exit, exits } from "../../../src/client/script/exits.ts";
import { Interrupts } from "../../../src/client/script/interrupts.ts";

/** A program of which only its signals and its end are asked for. */
function running(): { interrupts: Interrupts; signal(name: NodeJS.Signals): void; exited: number[] } {
  const heard = new Map<string, () => void>();
  const exited: number[] = [];
  const program = {
    onSignal: (name: NodeJS.Signals, then: () => void) => void heard.set(name, then),
    exit: (code: number) => void exited.push(code),
  } as unknown as Program;
  const interrupts = new Interrupts(program);
  return { interrupts, signal: (name) => heard.get(name)?.(), exited };
}

test("a signal ends a script at once where nothing is under way, with a code of its own", () => {
  const { signal, exited } = running();
  signal("SIGINT");
  signal("SIGTERM");
  expect(exited).toEqual([exits.interrupted, exits.terminated]);
});

test("the first signal ends what is under way, the second one the script", () => {
  const { interrupts, signal, exited } = running();
  const stopped: Exit[] = [];
  interrupts.stop = (code) => stopped.push(code) === 1;
  signal("SIGINT");
  expect(exited).toEqual([]);
  signal("SIGINT");
  expect(stopped).toEqual([exits.interrupted, exits.interrupted]);
  expect(exited).toEqual([exits.interrupted]);
});

test("a session is ended before the script is, and a second signal does not wait for it", async () => {
  const { interrupts, signal, exited } = running();
  const loggedOut = Promise.withResolvers<void>();
  let times = 0;
  interrupts.leave = () => {
    times++;
    return loggedOut.promise;
  };
  signal("SIGINT");
  expect(exited).toEqual([]);
  signal("SIGTERM");
  expect(exited).toEqual([exits.terminated]);
  loggedOut.resolve();
  await loggedOut.promise;
  await expect.poll(() => exited).toEqual([exits.terminated, exits.interrupted]);
  expect(times).toBe(1);
});
