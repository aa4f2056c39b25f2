import type { PageProps } from "../../route.ts";
import { Answer } from "../answer.tsx";

export const Page = ({ store }: PageProps) => <Answer store={store} sentence={() => "Events"} />;
