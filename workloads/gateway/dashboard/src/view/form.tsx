import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import "../style/form.css";

interface Shared {
  readonly label: string;
  /** What stands in the way, with what would be right. */
  readonly problem?: string | undefined;
  /** What the field means, or what happens when it is left empty. */
  readonly hint?: ComponentChildren;
  readonly disabled?: boolean;
}

interface FieldProps extends Shared {
  readonly wide?: boolean;
  readonly children: (input: { id: string; "aria-describedby": string; "aria-invalid": boolean }) => ComponentChildren;
}

/** A field with its name before it and what is wrong with it, or what it means, after it. */
const Field = ({ label, problem, hint, wide = false, children }: FieldProps) => {
  const id = useId();
  const bad = problem !== undefined && problem !== "";
  return (
    <div class={`field ${wide ? "wide" : ""}`}>
      <label for={id}>{label}</label>
      {children({ id, "aria-describedby": `${id}-said`, "aria-invalid": bad })}
      <span id={`${id}-said`} class={bad ? "bad" : "quiet"}>
        {bad ? problem : hint}
      </span>
    </div>
  );
};

/** A form that is being filled in: what stands in it, what is wrong with that, and the way to change it. */
export interface Draft<Form> {
  readonly form: Form;
  readonly problems: { readonly [Key in keyof Form]?: string };
  readonly change: (part: Partial<Form>) => void;
}

/** What a field of a draft shows and changes: `<TextField label="Name" {...field("name")} />`. */
export const fieldsOf =
  <Form,>({ form, problems, change }: Draft<Form>) =>
  <Key extends keyof Form>(key: Key) => ({
    value: form[key],
    change: (value: Form[Key]) => change({ [key]: value } as unknown as Partial<Form>),
    problem: problems[key],
  });

interface TextFieldProps extends Shared {
  readonly value: string;
  readonly change: (value: string) => void;
  readonly placeholder?: string;
  readonly wide?: boolean;
  readonly mono?: boolean;
  readonly secret?: boolean;
  readonly inputMode?: "numeric" | "decimal" | "text";
  readonly autocomplete?: string;
  /** Offered while typing; anything else may be typed too. */
  readonly offers?: readonly string[];
}

export const TextField = ({
  value,
  change,
  placeholder,
  secret = false,
  inputMode = "text",
  autocomplete = "off",
  offers,
  mono = false,
  ...field
}: TextFieldProps) => (
  <Field {...field}>
    {(input) => {
      const shared = {
        ...{ ...input, value, placeholder, autocomplete, inputMode, spellcheck: false, autocapitalize: "off" as const },
        ...{ class: mono ? "mono" : "", disabled: field.disabled ?? false },
        onInput: (event: { currentTarget: HTMLInputElement }) => change(event.currentTarget.value),
      };
      const list = `${input.id}-offers`;
      if (secret) return <input {...shared} type="password" />;
      if (offers === undefined) return <input {...shared} type="text" />;
      return (
        <>
          <input {...shared} type="text" list={list} />
          <datalist id={list}>
            {offers.map((offer) => (
              <option key={offer} value={offer} />
            ))}
          </datalist>
        </>
      );
    }}
  </Field>
);

export interface Choice {
  readonly value: string;
  readonly text: string;
}

interface ChoiceFieldProps extends Shared {
  readonly value: string;
  readonly change: (value: string) => void;
  readonly choices: readonly Choice[];
  /** Further choices under a title of their own. */
  readonly groups?: readonly { readonly title: string; readonly choices: readonly Choice[] }[];
}

export const ChoiceField = ({ value, change, choices, groups = [], ...field }: ChoiceFieldProps) => (
  <Field {...field}>
    {(input) => (
      <select {...input} value={value} disabled={field.disabled ?? false} onChange={(event) => change(event.currentTarget.value)}>
        <Options choices={choices} chosen={value} />
        {groups.map((group) => (
          <optgroup key={group.title} label={group.title}>
            <Options choices={group.choices} chosen={value} />
          </optgroup>
        ))}
      </select>
    )}
  </Field>
);

const Options = ({ choices, chosen }: { choices: readonly Choice[]; chosen: string }) => (
  <>
    {choices.map(({ value, text }) => (
      <option key={value} value={value} selected={value === chosen}>
        {text}
      </option>
    ))}
  </>
);

export const SwitchField = ({ label, hint, value, change }: { label: string; hint: string; value: boolean; change: (value: boolean) => void }) => {
  const id = useId();
  return (
    <div class="field switch">
      <input type="checkbox" id={id} checked={value} aria-describedby={`${id}-said`} onChange={(event) => change(event.currentTarget.checked)} />
      <label for={id}>{label}</label>
      <span id={`${id}-said`} class="quiet">
        {hint}
      </span>
    </div>
  );
};

/** One of a few, all in sight: a filter of a list. */
export const Filter = ({ label, value, change, choices }: Omit<ChoiceFieldProps, "groups">) => (
  <fieldset class="filter">
    <legend class="hidden">{label}</legend>
    {choices.map((choice) => (
      <button key={choice.value} type="button" aria-pressed={choice.value === value} onClick={() => change(choice.value)}>
        {choice.text}
      </button>
    ))}
  </fieldset>
);
