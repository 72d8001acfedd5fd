/** A process whose clock is wrong. */

/** @returns flags of Node for one that is so many ms ahead, or behind; how fast it goes is the machine's */
export function clockAhead(ms: number): readonly string[] {
  const script = `
    const Right = Date;
    globalThis.Date = class extends Right {
      constructor(...given) {
        if (given.length === 0) super(Right.now() + ${ms});
        else super(...given);
      }
      static now() {
        return Right.now() + ${ms};
      }
    };`;
  return ["--import", `data:text/javascript,${encodeURIComponent(script)}`];
}
