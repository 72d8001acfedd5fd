/** The limits that a server which is measured runs with: figures mean nothing without them. */
import { serverOptions } from "../../src/bin/server-options.ts";

const LIMITS = [
  "rate",
  "message-quota",
  "max-connections",
  "max-connections-per-ip",
  "max-transfers",
  "max-held",
  "max-output",
  "max-output-total",
] as const;

/** A line of them. @param options of chat-server, each with its value behind it; it listens on loopback alone */
export function limitsOf(options: readonly string[]): string {
  const each = LIMITS.map((name) => {
    const given = options[options.indexOf(`--${name}`) + 1];
    const option: { readonly default: unknown; readonly shown?: string } = serverOptions[name];
    const value = options.includes(`--${name}`) ? given : (option.shown ?? option.default);
    return `--${name} ${value}${name === "rate" && value === "default" ? " (no budgets: it listens on loopback alone)" : ""}`;
  });
  return `limits: ${each.join(", ")}`;
}
