// Units of time, in nanoseconds. Durations are whole numbers, exact up to 104 days.

export const NS_PER_US = 1_000;
export const NS_PER_MS = 1_000_000;
export const NS_PER_SECOND = 1_000_000_000;
