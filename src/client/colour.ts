/** A colour for each name, the same everywhere, that can be read on light and on dark. */
import chalk from "chalk";

/** Relative luminance (WCAG 2.2) that stands off both black and white by a contrast of about 4. */
const DARKEST = 0.155;
const LIGHTEST = 0.215;

/** Below it colours look grey, and alike. */
const LEAST_SATURATION = 0.4;

/** The steps of a channel in xterm's cube of 216 colours, which begins at number 16. */
const STEPS = [0, 95, 135, 175, 215, 255];

/** Numbers of xterm's 256 colours. */
export const nameColours: readonly number[] = Array.from({ length: 216 }, (_, i) => i + 16).filter((number) => {
  const channels = rgb(number);
  const [low, high] = [Math.min(...channels), Math.max(...channels)];
  const light = luminance(channels);
  return light >= DARKEST && light <= LIGHTEST && (high - low) / high >= LEAST_SATURATION;
});

/** Red, green and blue of one of the 216. */
export function rgb(number: number): readonly [number, number, number] {
  const at = number - 16;
  const step = (place: number): number => STEPS[place % 6] as number;
  return [step(Math.floor(at / 36)), step(Math.floor(at / 6)), step(at)];
}

/** Relative luminance (WCAG 2.2), from 0 to 1. */
export function luminance(channels: readonly [number, number, number]): number {
  const [r = 0, g = 0, b = 0] = channels.map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/**
 * Of the sixteen colours of older terminals, those that stand off both black and white as xterm has them: a colour of the
 * 256 would become the nearest of them, which may be black.
 */
const fewColours = ["red", "magenta", "redBright", "blueBright", "magentaBright"] as const;

/** Colours a text by a name. @param text the name itself unless it is given */
export function inNameColour(name: string, text = name): string {
  let sum = 0;
  for (const unit of name.toLowerCase()) sum = (sum * 31 + unit.charCodeAt(0)) >>> 0;
  if (chalk.level === 1) return chalk[fewColours[sum % fewColours.length] as (typeof fewColours)[number]](text);
  return chalk.ansi256(nameColours[sum % nameColours.length] as number)(text);
}
