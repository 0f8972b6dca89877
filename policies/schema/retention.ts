/** Shortest retention of a profile, in milliseconds. EU AI Act, articles 19(1) and 26(6): at least six months; 184 days is the longest six months. */
export const RETENTION_FLOORS: { readonly "eu-ai-act": number } = { "eu-ai-act": 184 * 86_400_000 };
export type RetentionProfile = keyof typeof RETENTION_FLOORS;
