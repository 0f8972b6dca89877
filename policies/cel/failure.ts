/**
 * The evaluation failed: a key that is missing, a value of the wrong kind, a division by zero. `||`, `&&`, `all`
 * and `exists` go on without the part that failed. Not an `Error`: its stack trace would cost ten times the rest.
 */
export class Failure {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

/** The evaluation cost too much; nothing goes on after this. */
export class Exceeded extends Error {}
