import { render } from "preact";
import "../style/base.css";
import { type OpenApiDocument, Reference } from "./document.ts";
import { Page } from "./page.tsx";
import "./reference.css";

const root = document.getElementById("reference");

const load = async (): Promise<void> => {
  if (root === null) return;
  try {
    const response = await fetch("/openapi.json");
    if (!response.ok) throw new Error(`the hub answered ${response.status}`);
    const reference = new Reference((await response.json()) as OpenApiDocument);
    root.replaceChildren();
    render(<Page reference={reference} />, root);
  } catch (thrown) {
    root.replaceChildren();
    render(<Failed why={thrown instanceof Error ? thrown.message : String(thrown)} />, root);
  }
};

const Failed = ({ why }: { readonly why: string }) => (
  <main class="failed">
    <h1>The reference cannot be shown now.</h1>
    <p role="alert">{why}. The reference comes from the hub itself, which must run for it.</p>
    <p>
      <button type="button" onClick={() => void load()}>
        Try again
      </button>
    </p>
  </main>
);

void load();
