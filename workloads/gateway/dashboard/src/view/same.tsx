import { Command } from "./command.tsx";

/** Actions as they are typed, folded away where they are long or many. */
export const Same = ({ commands }: { commands: readonly string[] }) => (
  <details class="requests">
    <summary>The same on the command line</summary>
    <div class="same">
      {commands.map((command) => (
        <Command key={command} text={command} />
      ))}
    </div>
  </details>
);
