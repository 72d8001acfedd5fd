/**
 * A URL with several hosts, as libpq has it (PostgreSQL's documentation, "Specifying Multiple Hosts"): `postgres://u@a,b:5433/d`.
 */

const PARTS = /^(?<before>[^/]*\/\/(?:[^/?#]*@)?)(?<hosts>[^@/?#]*)(?<after>.*)$/s;

/** @returns a URL for each of the hosts, in their order; only the given text if it has one host, or is not a URL */
export function hostsIn(url: string): readonly string[] {
  const { before, hosts, after } = PARTS.exec(url)?.groups ?? {};
  if (hosts === undefined || !hosts.includes(",")) return [url];
  return hosts.split(",").map((host) => `${before}${host}${after}`);
}
