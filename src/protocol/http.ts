/** Recognises HTTP, to refuse it: a browser can be made to send chat requests inside HTTP, and none may be executed. */

/** RFC 9112, section 3: any token may be a method. */
const REQUEST_LINE = /^[\w!#$%&'*+.^`|~-]+ \S+ HTTP\/\d/;

const BODY = `${JSON.stringify({ status: "ERROR", code: "bad-request", message: "this is a chat server, not HTTP" })}\n`;

/** The reply to an HTTP request. */
export const HTTP_REFUSAL = [
  "HTTP/1.1 400 Bad Request",
  "Content-Type: application/json",
  `Content-Length: ${BODY.length}`,
  "Connection: close",
  "",
  BODY,
].join("\r\n");

/** Whether a request's first line is that of HTTP. */
export function isHttp(text: string): boolean {
  return REQUEST_LINE.test(text);
}
