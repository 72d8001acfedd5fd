/** The options of `chat-server verify`. */
import { text } from "./options.ts";

export const verifyOptions = {
  uploads: text("folder of files that belongs to a data folder", "DIR", undefined, "uploads in DIR"),
};

export const verifyAbout =
  "look at a backup, or at the copy of a data folder, byte by byte, and print what is wrong with it; nothing there is changed";
