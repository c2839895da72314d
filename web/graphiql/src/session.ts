import { useSyncExternalStore } from "react";
import type { SampleSignIn } from "./config";

export interface Session {
  username: string;
  accessToken: string;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

interface LoginResponse {
  data?: {
    accountLogin: {
      tokens: { accessToken: string; expiresIn: number } | null;
      user: { username: string } | null;
      errors: { message: string }[];
    };
  } | null;
  errors?: { message: string }[];
}

const SIGN_IN = `mutation SignIn($input: AccountLoginInput!) {
  accountLogin(input: $input) {
    tokens { accessToken expiresIn }
    user { username }
    errors { code message }
  }
}`;
const SIGN_OUT = "mutation SignOut { accountLogout { errors { code } } }";

// The browser tab's own storage: a reload keeps the sign-in, closing the tab ends it.
const STORAGE_KEY = "lyceum:session";

const listeners = new Set<() => void>();
let expiryTimer: number | undefined;
let session: Session | null = null;
adopt(stored());

function stored(): Session | null {
  const text = sessionStorage.getItem(STORAGE_KEY);
  return text ? (JSON.parse(text) as Session) : null;
}

/** Make `next` the current session until its token expires. */
function adopt(next: Session | null): void {
  window.clearTimeout(expiryTimer);
  const remaining = next ? next.expiresAt - Date.now() : 0;
  session = remaining > 0 ? next : null;
  if (session) {
    sessionStorage.setItem(STORAGE_KEY, JSON.stringify(session));
    expiryTimer = window.setTimeout(() => adopt(null), remaining);
  } else {
    sessionStorage.removeItem(STORAGE_KEY);
  }
  listeners.forEach((listener) => listener());
}

function post(endpoint: string, body: object, headers: Record<string, string>): Promise<Response> {
  return fetch(endpoint, {
    method: "POST",
    credentials: "same-origin",
    headers: { "content-type": "application/json", accept: "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

/** The signed-in person, or null; never one whose token has expired. */
export function currentSession(): Session | null {
  return session && session.expiresAt > Date.now() ? session : null;
}

/** Sign in with `accountLogin`. Throws an Error whose message is meant for the person. */
export async function signIn(endpoint: string, sample: SampleSignIn): Promise<void> {
  const variables = { input: { login: sample.email, password: sample.password } };
  const response = await post(endpoint, { query: SIGN_IN, variables }, {}).catch(() => {
    throw new Error("The server could not be reached.");
  });
  const body = (await response.json()) as LoginResponse;
  const login = body.data?.accountLogin;
  const error = body.errors?.[0] ?? login?.errors[0];
  if (error || !login?.tokens || !login.user) {
    throw new Error(error?.message ?? "The server gave no token.");
  }
  adopt({
    username: login.user.username,
    accessToken: login.tokens.accessToken,
    expiresAt: Date.now() + login.tokens.expiresIn * 1000,
  });
}

/** Forget the token here, and have the server end it with its open subscriptions. */
export async function signOut(endpoint: string): Promise<void> {
  const ended = currentSession();
  adopt(null);
  if (ended) {
    const headers = { authorization: `Bearer ${ended.accessToken}` };
    // Signed out here in any case: a server that can't be reached lets the token expire.
    await post(endpoint, { query: SIGN_OUT }, headers).catch(() => undefined);
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** React's view of the session. */
export function useSession(): Session | null {
  return useSyncExternalStore(subscribe, () => session);
}
