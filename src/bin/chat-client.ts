#!/usr/bin/env node
import { run } from "./run.ts";

await run("chat-client", () => import("./client.ts"));
