import type { ComponentChildren, TargetedMouseEvent } from "preact";
import { ErrorLines } from "../components/error_list";
import { handFocusOver } from "../keyboard/focus_handover";
import type { FieldError } from "../messages";
import { show } from "../text/hidden_characters";
import { aroundMarks, Marked } from "../text/marked_text";

export interface FieldLayoutProps {
  id: string;
  name: string;
  /** Whether the name is a word of ours, and not what somebody called it. */
  own: boolean;
  /** Drawn inside another field, which has the label. */
  bare: boolean;
  required: boolean;
  description: string;
  hint: string;
  errors: readonly FieldError[];
  locked: boolean;
  /** Text whose hidden characters are to be shown. */
  marked: string;
  reset: (() => void) | null;
  /** Whether resetting leaves it not filled in. */
  clears: boolean;
  /** The whole of a part, whose name stands above it. */
  top: boolean;
  remove: (() => void) | null;
  children?: ComponentChildren;
}

interface FieldRowProps extends FieldLayoutProps {
  /** Whether the label belongs to one element, `${id}-field`. */
  label: boolean;
}

/** A field on a row of its own: label, control, and what there is to say about it. */
export function FieldRow(props: FieldRowProps) {
  const { id, bare, name, children } = props;
  const control = (
    <div class="control" id={bare ? id : undefined}>
      <div class="holder">
        {children}
        <Reset {...props} />
      </div>
      <Notes {...props} />
    </div>
  );
  if (bare) return control;
  return (
    <div id={id} class={name ? "field" : "field unnamed"}>
      {name !== "" && <Label {...props} />}
      {control}
    </div>
  );
}

function Label({ id, name, own, required, label }: FieldRowProps) {
  const words = (
    <>
      <bdi>{name}</bdi>
      {required && <Required />}
    </>
  );
  if (!label) return <span class={own ? "hitl-label own" : "hitl-label"}>{words}</span>;
  return (
    <label class={own ? "own" : ""} for={`${id}-field`}>
      {words}
    </label>
  );
}

export function Required() {
  return (
    <span class="required" title="required" aria-hidden="true">
      {" *"}
    </span>
  );
}

interface OneTimeButtonProps {
  /** What gets the keyboard then. */
  within: string;
  locked: boolean;
  word: string;
  label?: string | undefined;
  class?: string;
  act(): void;
}

/** A button that is gone once it was used. */
export function OneTimeButton({ within, locked, word, label, act, ...rest }: OneTimeButtonProps) {
  const click = ({ currentTarget }: TargetedMouseEvent<HTMLButtonElement>) => {
    if (locked) return;
    act();
    handFocusOver(currentTarget, within);
  };
  return (
    <button
      type="button"
      class={`hitl-small ${rest.class ?? ""}`}
      aria-label={label}
      aria-disabled={locked}
      onClick={click}
    >
      {word}
    </button>
  );
}

function Reset({ id, name, reset, clears, locked }: FieldLayoutProps) {
  if (!reset) return null;
  const word = clears ? "clear" : "reset";
  return (
    <OneTimeButton
      class="back"
      within={id}
      locked={locked}
      word={word}
      label={`${word} ${name}`.trimEnd()}
      act={reset}
    />
  );
}

function Remove({ id, name, remove, locked }: FieldLayoutProps) {
  if (!remove) return null;
  return (
    <OneTimeButton
      within={id}
      locked={locked}
      word="remove"
      label={`remove ${name}`}
      act={remove}
    />
  );
}

/** Description, hint, hidden characters and errors; the field refers to them by id. */
function Notes({ id, bare, description, hint, errors, marked }: FieldLayoutProps) {
  return (
    <>
      <div class="notes">
        {!bare && <Note id={`${id}-about`} text={description} />}
        <Note id={`${id}-hint`} text={hint} />
      </div>
      <HiddenCharacters text={marked} />
      <FieldErrors id={id} errors={errors} />
    </>
  );
}

function Note({ id, text }: { id: string; text: string }) {
  if (!text) return null;
  return (
    <p id={id} class="note">
      <bdi>{text}</bdi>
    </p>
  );
}

export function FieldErrors({ id, errors }: { id: string; errors: readonly FieldError[] }) {
  if (errors.length === 0) return null;
  return (
    <div id={`${id}-errors`} class="errors">
      <ErrorLines errors={errors} />
    </div>
  );
}

/** Characters of a field that could not be seen in it. */
export function HiddenCharacters({ text }: { text: string }) {
  const shown = show(text);
  if (!shown.some((run) => typeof run !== "string")) return null;
  return (
    <p class="note hidden-characters">
      hidden characters: <Marked text={aroundMarks(shown)} />
    </p>
  );
}

/** Several fields that belong together. */
export function FieldGroup(props: FieldLayoutProps) {
  const { id, name, bare, top, required, description, errors, children } = props;
  const notes = <Notes {...props} description={top ? "" : description} />;
  if (top) {
    return (
      <>
        {notes}
        {children}
      </>
    );
  }
  const invalid = errors.length > 0 || undefined;
  if (bare) {
    return (
      <div
        id={id}
        class="group bare"
        role="group"
        aria-label={name}
        data-invalid={invalid}
        tabIndex={-1}
      >
        {notes}
        {children}
      </div>
    );
  }
  return (
    <fieldset
      id={id}
      class="group"
      data-invalid={invalid}
      tabIndex={-1}
      aria-describedby={description ? `${id}-about` : undefined}
    >
      <legend>
        <bdi>{name}</bdi>
        {required && <Required />}
      </legend>
      <div class="tools">
        <Reset {...props} />
        <Remove {...props} />
      </div>
      {notes}
      {children}
    </fieldset>
  );
}
