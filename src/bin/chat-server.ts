#!/usr/bin/env node
import { run } from "./run.ts";

await run("chat-server", () => import("./server.ts"));
