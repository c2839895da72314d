/** Addresses of the worker bundles by Monaco's label; filled in by the build. */
declare const WORKER_URLS: { editor: string; json: string; graphql: string };

window.MonacoEnvironment = {
  getWorker(_id, label) {
    const url = label === "json" || label === "graphql" ? WORKER_URLS[label] : WORKER_URLS.editor;
    return new Worker(url);
  },
};
