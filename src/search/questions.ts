/**
 * The questions to the process that searches, which wait for its answers. If the process ends they are asked again, of the next
 * one.
 */
import type { Order } from "./orders.ts";

/** A question during which this many processes have ended is not asked again. */
const MOST_DEATHS = 2;

export type QuestionOrder = Extract<Order, { is: "find" | "excerpts" }>;

interface Question {
  readonly order: QuestionOrder;
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
  /** How many processes have ended before they answered. */
  deaths: number;
}

export class Questions {
  readonly #open = new Map<number, Question>();
  #last = 0;

  /** Whether none is open. */
  get isEmpty(): boolean {
    return this.#open.size === 0;
  }

  /** The number of the next question, which no other has. */
  next(): number {
    return ++this.#last;
  }

  /** Adds a question. @returns a promise of its answer. It rejects with Error if there will be none */
  add<T>(order: QuestionOrder): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#open.set(order.n, { order, resolve, reject, deaths: 0 });
    });
  }

  /** The process has answered a question. */
  resolve(n: number, answer: unknown): void {
    this.#take(n)?.resolve(answer as never);
  }

  /** The process could not answer a question. */
  reject(n: number, error: string): void {
    this.#take(n)?.reject(new Error(error));
  }

  /** There will be no answers: rejects all questions. */
  rejectAll(reason: string): void {
    const open = [...this.#open.values()];
    this.#open.clear();
    for (const { reject } of open) reject(new Error(reason));
  }

  /**
   * The process has ended. @returns the questions that are to be asked again, of another process. The caller may call `rejectAll`
   * meanwhile, if no other process can be started: then there are no more
   */
  *survive(): Iterable<QuestionOrder> {
    for (const [n, question] of this.#open) {
      if (++question.deaths >= MOST_DEATHS) this.reject(n, "the process that searches has ended");
    }
    for (const { order } of this.#open.values()) yield order;
  }

  #take(n: number): Question | undefined {
    const question = this.#open.get(n);
    this.#open.delete(n);
    return question;
  }
}
