/** Asking for an operation: in the words of `native`, and the answer in its form, or why there is none. */
import { expect, test } from "vitest";
import { LinkError, RefusedRequest, type Reply, UnreadableReply } from "../../src/connection/errors.ts";
import { callOf } from "../support/call.ts";

const TOKEN = "9b2f8c1e-5f0d-4f6a-9c37-1d2e3f4a5b6c";
const sent = { status: "OK", message: "Message sent", id: "1", time: "2026-11-21T05:26:53.431Z" };

function server(answer: Reply | Error) {
  const asked: string[] = [];
  const call = callOf(async (text) => {
    asked.push(text);
    if (answer instanceof Error) throw answer;
    return answer;
  });
  return { call, asked };
}

test("it is asked in words, with a token if another session asks than the connection's own", async () => {
  const { call, asked } = server(sent);
  const input = { user: { name: "bob" }, text: "halo" };
  expect(await call("send", input)).toEqual(sent);
  await call("send", input, { token: TOKEN });
  expect(asked).toEqual(["send bob halo", `send ${TOKEN} bob halo`]);
});

test("what a newer server says beside is kept, and OK is OK in any case", async () => {
  const more = { ...sent, status: "ok", priority: { high: true } };
  expect(await server(more).call("send", { user: { name: "bob" }, text: "halo" })).toEqual(more);
});

test("a refusal has the server's code, also where it says none or one that is not known", async () => {
  for (const code of ["user-not-found", "new-code", undefined]) {
    const reply = { status: "ERROR", message: "tidak ada", ...(code !== undefined && { code }), detail: "x" };
    const error = await server(reply)
      .call("whoami", {})
      .catch((one: unknown) => one);
    expect(error).toBeInstanceOf(RefusedRequest);
    expect(error).toMatchObject({ code: code ?? "", reply, message: `${code ?? "tidak ada"}: x` });
  }
});

test.each<Reply>([
  { status: "OK" },
  { status: "OK", data: null },
  { status: "OK", data: [] },
  { status: "OK", data: { username: "bob" } },
])("an answer without what it should have cannot be read: %j", async (reply) => {
  const error = await server(reply)
    .call("whoami", {})
    .catch((one: unknown) => one);
  expect(error).toBeInstanceOf(UnreadableReply);
  expect(error).toBeInstanceOf(UnreadableReply);
  expect((error as Error).message).toBe("the server sent something that is no reply");
});

test("what is lost is lost", async () => {
  await expect(server(new LinkError("lost")).call("whoami", {})).rejects.toThrow("lost");
});
