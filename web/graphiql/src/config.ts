/** What the server writes into the page as JSON. */
export interface SampleSignIn {
  label: string;
  email: string;
  password: string;
}

export interface Config {
  /** Path of the GraphQL endpoint, for POST. */
  endpoint: string;
  /** Path of the graphql-transport-ws endpoint. */
  subscriptionEndpoint: string;
  /** People to sign in as with one click; empty in production. */
  samples: SampleSignIn[];
}

export function readConfig(): Config {
  const element = document.getElementById("lyceum-config");
  if (!element?.textContent) throw new Error("The page came without its configuration.");
  return JSON.parse(element.textContent) as Config;
}
