import { useState } from "react";
import type { Config, SampleSignIn } from "./config";
import { signIn, signOut, useSession } from "./session";

function SampleButtons({ endpoint, samples }: Pick<Config, "endpoint" | "samples">) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState("");

  async function choose(sample: SampleSignIn): Promise<void> {
    setBusy(true);
    setFailure("");
    try {
      await signIn(endpoint, sample);
    } catch (error) {
      setFailure(error instanceof Error ? error.message : String(error));
      setBusy(false);
    }
  }

  return (
    <>
      {failure && (
        <span className="lyceum-failure" role="alert">
          {failure}
        </span>
      )}
      <span className="lyceum-hint">Sign in as</span>
      {samples.map((sample) => (
        <button
          key={sample.email}
          type="button"
          disabled={busy}
          title={sample.email}
          onClick={() => void choose(sample)}
        >
          {sample.label}
        </button>
      ))}
    </>
  );
}

/** Who the requests are made as, and how to change that. */
export function SignInBar({ endpoint, samples }: Config) {
  const session = useSession();
  return (
    <header className="lyceum-bar">
      <svg className="lyceum-mark" viewBox="0 0 24 24" aria-hidden="true">
        <path d="M12 2 2 8v2h20V8zM4 12h3v7H4zm6.5 0h3v7h-3zM17 12h3v7h-3zM2 20h20v2H2z" />
      </svg>
      <h1>Lyceum</h1>
      <div className="lyceum-account">
        {session ? (
          <>
            <span className="lyceum-hint">Signed in as</span>
            <strong>{session.username}</strong>
            <button type="button" onClick={() => void signOut(endpoint)}>
              Sign out
            </button>
          </>
        ) : samples.length > 0 ? (
          <SampleButtons endpoint={endpoint} samples={samples} />
        ) : (
          <span className="lyceum-hint">
            To sign in, add <code>{'{"Authorization": "Bearer …"}'}</code> under Headers.
          </span>
        )}
      </div>
    </header>
  );
}
