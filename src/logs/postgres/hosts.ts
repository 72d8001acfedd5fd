/** A URL with several hosts, as libpq has it (PostgreSQL's documentation, "Specifying Multiple Hosts"): `postgres://u@a,b:5433/d`. */

const PARTS = /^(?<before>[^/]*\/\/(?:[^/?#]*@)?)(?<hosts>[^@/?#]*)(?<after>.*)$/s;

/** Hosts that are tried in turn. @returns the URL for each of them alone; the given text where it is no URL, or has one */
export function hostsIn(url: string): readonly string[] {
  const { before, hosts, after } = PARTS.exec(url)?.groups ?? {};
  if (hosts === undefined || !hosts.includes(",")) return [url];
  return hosts.split(",").map((host) => `${before}${host}${after}`);
}
