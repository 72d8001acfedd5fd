/** The emulator of a terminal that measures characters as people see them. */
import headless from "@xterm/headless";

// The addon reads its tables from the beginning of the memory that their Buffer lies in, and finds others' data there
// where it is one that Buffers share: for as long as it is loaded, each has a memory of its own.
const { poolSize } = Buffer;
Buffer.poolSize = 0;
const { default: addon } = await import("@xterm/addon-unicode-graphemes");
Buffer.poolSize = poolSize;

export type Emulator = headless.Terminal;

type Kind = NonNullable<ConstructorParameters<typeof headless.Terminal>[0]>;

export function newEmulator(kind: Kind): Emulator {
  const emulator = new headless.Terminal({ ...kind, allowProposedApi: true });
  emulator.loadAddon(new addon.UnicodeGraphemesAddon());
  return emulator;
}
