/** A large store beside a small one: what a start takes, and what requests cost. */
import { startProcess } from "../support/server.ts";
import { costs, usual } from "./costs.ts";
import { type Contents, filled } from "./fill.ts";
import { allResidentMb, cpuSeconds, residentMb } from "./processes.ts";
import { show, shown } from "./table.ts";

const LARGE: Contents = { users: 100_000, conversations: 900_000, members: 10_000, posts: 99_800, letters: 200 };
/** As little as is needed to ask the same of it: its inbox fills a page, too. */
const SMALL: Contents = { users: 3, members: 3, posts: 1000, letters: 200 };

export async function store(): Promise<void> {
  const kept = { small: await filled(SMALL), large: await filled(LARGE) };
  const [small, large] = [await started(kept.small.data), await started(kept.large.data)];
  const cost = await costs({ small: small.server, large: large.server }, usual);
  for (const { server } of [small, large]) await server.stop();
  for (const { remove } of [kept.small, kept.large]) remove();
  const rows = Object.entries(cost).map(([what, at]) => [
    `${what}: CPU, µs`,
    shown(at.small, 0),
    shown(at.large, 0),
    shown(at.large / at.small, 2),
  ]);
  const row = (what: string, of: (one: typeof small) => number, digits: number): readonly string[] => [
    what,
    shown(of(small), digits),
    shown(of(large), digits),
    shown(of(large) / of(small), 2),
  ];
  show(
    "A store of 1,000,000 messages, 900,000 conversations, 100,000 users and a group of 10,000, beside one of 1,200",
    ["what", "small", "large", "ratio"],
    [
      row("start to the first answer, s", ({ seconds }) => seconds, 2),
      row("its CPU, s", ({ cpu }) => cpu, 2),
      row("RSS of the server after it, MB", ({ memory }) => memory, 0),
      row("of all its processes, MB", ({ all }) => all, 0),
      ...rows,
    ],
  );
}

/** Starts a server on a folder, and says what that has taken. */
async function started(data: string) {
  const begun = performance.now();
  const server = await startProcess(["--data", data]);
  const wire = await server.connect();
  await wire.request("ping");
  const seconds = (performance.now() - begun) / 1000;
  wire.close();
  const { pid } = server;
  return { server, seconds, cpu: cpuSeconds(pid), memory: residentMb(pid), all: allResidentMb(pid) };
}
