import "./workers";
import { GraphiQL } from "graphiql";
import { createRoot } from "react-dom/client";
import { readConfig } from "./config";
import { exampleTabs, firstVisitVariables } from "./examples";
import { createFetcher } from "./fetcher";
import { SignInBar } from "./SignInBar";

const config = readConfig();
const fetcher = createFetcher(config);
const initialVariables = firstVisitVariables();

function App() {
  return (
    <>
      <SignInBar {...config} />
      <main className="lyceum-explorer">
        <GraphiQL
          fetcher={fetcher}
          defaultTabs={exampleTabs}
          initialVariables={initialVariables}
          defaultEditorToolsVisibility="variables"
        >
          {/* The bar above has the name. */}
          <GraphiQL.Logo> </GraphiQL.Logo>
        </GraphiQL>
      </main>
    </>
  );
}

const root = document.getElementById("root");
if (!root) throw new Error("The page has no root element.");
createRoot(root).render(<App />);
