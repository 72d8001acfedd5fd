/** The last line of `npm test`: `N passed, N failed`. */
import type { Reporter, TestModule } from "vitest/node";

export default class Tally implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string): number => tests.filter((test) => test.result().state === state).length;
    // A file that could not be loaded has no tests, and is a failure all the same.
    const broken = modules.filter((module) => module.errors().length > 0).length + errors.length;
    process.on("exit", () => {
      process.stdout.write(`${count("passed")} passed, ${count("failed") + broken} failed\n`);
    });
  }
}
