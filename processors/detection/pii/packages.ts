import { createRequire } from "node:module";

/** Whether a text that has the right shape is a real value of its kind. */
export type Check = (value: string) => boolean;

interface StdnumModule {
  validate(value: string): { readonly isValid: boolean };
}
interface ValidatorModule {
  readonly default: (value: string) => boolean;
}
interface PhoneModule {
  parsePhoneNumberFromString(text: string, country?: string): { isValid(): boolean } | undefined;
}

/** Everything here is loaded when a value of that kind is met for the first time: most processes never see one. */
const require = createRequire(import.meta.url);

/**
 * A check of the `stdnum` package, by its path there: `pl/pesel`. Loaded file by file, since the whole package takes
 * thirty times as long. Spaces, dots, dashes and slashes are taken out first, unless they mean something (`raw`).
 */
export function stdnum(path: `${string}/${string}`, raw?: "raw"): Check {
  let module: StdnumModule | undefined;
  return (value) => {
    module ??= require(`stdnum/lib/cjs/${path}`) as StdnumModule;
    return module.validate((raw ? value : compact(value)).toUpperCase()).isValid;
  };
}

/** A function of the `validator` package that takes nothing but the text: `isIBAN`. */
export function validator(name: "isBIC" | "isIBAN" | "isMACAddress"): Check {
  let check: Check | undefined;
  return (value) => {
    check ??= (require(`validator/lib/${name}`) as ValidatorModule).default;
    return check(value);
  };
}

let phones: PhoneModule | undefined;

/** Whether the numbering plan of its country has this number; a text without `+` is read as one of `country`. */
export function inNumberingPlan(text: string, country?: "US"): boolean {
  phones ??= require("libphonenumber-js/max") as PhoneModule;
  return phones.parsePhoneNumberFromString(text, country)?.isValid() ?? false;
}

/** Without what people write between the digits. */
export function compact(value: string): string {
  return value.replace(/[\s.\-/()]/g, "");
}
