import instructor from "./examples/instructor.graphql";
import instructorVariables from "./examples/instructor.json";
import partner from "./examples/partner.graphql";
import partnerVariables from "./examples/partner.json";
import student from "./examples/student.graphql";
import studentVariables from "./examples/student.json";

function tab(query: string, variables: object) {
  return { query, variables: JSON.stringify(variables, null, 2) };
}

const studentTab = tab(student, studentVariables);

/** The tabs of a first visit. A tab is titled by its first operation. */
export const exampleTabs = [
  studentTab,
  tab(instructor, instructorVariables),
  tab(partner, partnerVariables),
];

/**
 * What the variables editor starts with: the first tab's on a first visit, else undefined.
 *
 * GraphiQL opens the first default tab without its variables; on later visits it has its own.
 */
export function firstVisitVariables(): string | undefined {
  return localStorage.getItem("graphiql:tabState") === null ? studentTab.variables : undefined;
}
