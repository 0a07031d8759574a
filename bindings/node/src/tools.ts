/* What needs no database: ids, money, telephone numbers, the tables of statuses and of Meta's errors. */
import { toKloystError } from './errors.js';
import type { Call, ErrorClass, ErrorPolicy, KeptReason, MoneyInput, PhoneReason, StatusInfo } from './generated.js';
import { native } from './native.js';

function run<T>(prepare: () => Call<T>): T {
    try {
        return native.run(prepare());
    } catch (error) {
        throw toKloystError(error);
    }
}

/** Version of the library. */
export function version(): string {
    return run(() => native.callVersion());
}

/** Makes a version-7 UUID; within one process later ones sort after earlier ones. */
export function uuid(): string {
    return run(() => native.callUuidGenerate());
}

/** The canonical lower-case form of a UUID; throws a FormatError for anything else. */
export function parseUuid(text: string): string {
    return run(() => native.callUuidParse(text));
}

/** An amount with exactly four decimals: formatMoney('0.5') and formatMoney(5000n) are "0.5000". Nothing is ever rounded. */
export function formatMoney(amount: MoneyInput): string {
    return run(() => native.callMoneyFormat(amount));
}

/** An amount as a bigint of ten-thousandths, to calculate with. */
export function moneyUnits(amount: MoneyInput): bigint {
    const text = formatMoney(amount);
    return BigInt(text.replace('.', ''));
}

/** E.164 digits without '+' of any common spelling; throws a FormatError whose value says why not. */
export function normalizePhone(text: string, country?: string | null): string {
    return run(() => native.callPhoneNormalize(text, country))[0];
}

/** One line of English about why a text is no telephone number. */
export function phoneReasonText(reason: PhoneReason): string {
    return run(() => native.callPhoneReasonText(reason));
}

/** One line of English about why a payment is kept. */
export function keptReasonText(reason: KeptReason): string {
    return run(() => native.callKeptReasonText(reason));
}

/** What the library does about an error code of Meta's; null: about an answer that tells nothing. */
export function errorPolicy(code: number | null): ErrorPolicy {
    return run(() => (code === null ? native.callErrorPolicyUnreadable() : native.callErrorPolicyGet(code)));
}

/** The whole table of Meta's errors. */
export function errorPolicies(): ErrorPolicy[] {
    const count = run(() => native.callErrorPolicyCount());
    return Array.from({ length: count }, (_, index) => run(() => native.callErrorPolicyAt(index)));
}

/** "retry", "permanent" … of a class of Meta's errors. */
export function errorClassName(errorClass: ErrorClass): string {
    return run(() => native.callErrorClassName(errorClass));
}

/** The table of statuses that errors are made from. */
export function statuses(): StatusInfo[] {
    const count = run(() => native.callStatusCount());
    return Array.from({ length: count }, (_, index) => run(() => native.callStatusAt(index))).filter((row) => row !== null);
}
