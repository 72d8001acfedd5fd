/** An engine of one test, stopped when the test is over; or a database of one test on an engine that many share. */
import { onTestFinished } from "vitest";
import { type Engine, type EngineOptions, startEngine } from "./engine.ts";

export async function startedEngine(options: EngineOptions = {}): Promise<Engine> {
  return ended(await startEngine(options));
}

/** Another one that streams from it. @param name small letters, digits and _ */
export async function startedStandby(engine: Engine, name: string): Promise<Engine> {
  return ended(await engine.standby(name));
}

/** The one of this process: it is there as long as the process is, and its watchdog ends it. */
let shared: Promise<Engine> | undefined;

/** @returns the url of an empty database. Whoever lets its engine fail wants one of his own */
export async function freshDatabase(): Promise<string> {
  shared ??= startEngine({ configuration: { fsync: "off" } });
  const engine = await shared;
  return engine.database();
}

function ended(engine: Engine): Engine {
  onTestFinished(() => engine.stop());
  return engine;
}
