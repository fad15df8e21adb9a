import { afterEach, vi } from "vitest";
import type {
  FieldError,
  FormView,
  Header,
  Message,
  RequestAnswer,
  RequestControl,
  Submit,
  ViewState,
} from "../src/messages";
import view from "../src/view";

type Callback = (...values: never[]) => void;

/** A model as anywidget gives it, with the kernel's side in the test's hands. */
export class FakeModel {
  readonly sent: Message[] = [];
  comm_live: boolean | undefined = true;
  /** As what listeners are called. */
  view: unknown = undefined;
  private readonly callbacks = new Map<string, Set<Callback>>();

  constructor(readonly state: Partial<ViewState & { saved: string }>) {}

  get<Name extends keyof ViewState | "saved">(name: Name) {
    return this.state[name];
  }

  on(name: string, callback: Callback): void {
    this.callbacks.set(name, (this.callbacks.get(name) ?? new Set()).add(callback));
  }

  off(name: string, callback: Callback): void {
    this.callbacks.get(name)?.delete(callback);
  }

  send(content: unknown): void {
    this.sent.push(content as Message);
  }

  emit(name: string, ...values: unknown[]): void {
    for (const callback of this.callbacks.get(name) ?? [])
      callback.apply(this.view, values as never[]);
  }

  listeners(): number {
    return [...this.callbacks.values()].reduce((sum, callbacks) => sum + callbacks.size, 0);
  }

  async update(traits: Partial<ViewState>): Promise<void> {
    Object.assign(this.state, traits);
    for (const name of Object.keys(traits)) this.emit(`change:${name}`);
    await settle();
  }

  async acknowledge(nonce: string, ...errors: string[]): Promise<void> {
    const accepted = errors.length === 0;
    const spelled = errors.map((error) => ({ path: [], message: [error] }));
    this.emit("msg:custom", { type: "acknowledge", nonce, accepted, errors: spelled });
    await settle();
  }

  async refuse(errors: FieldError[]): Promise<void> {
    const nonce = this.submits().at(-1)?.nonce;
    this.emit("msg:custom", { type: "acknowledge", nonce, accepted: false, errors });
    await settle();
  }

  submits(): Submit[] {
    return this.sent.filter(
      (message) => "type" in message && message.type === "submit",
    ) as Submit[];
  }

  drafts(): string[] {
    return this.sent.flatMap((m) => ("type" in m && m.type === "draft" ? [m.text] : []));
  }
}

/** Let drawings that were asked for happen; timers are fake, so this costs no time. */
export async function settle(milliseconds = 20): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
}

export interface Page {
  el: HTMLElement;
  model: FakeModel;
  leave(): void;
  find<Found extends HTMLElement = HTMLElement>(selector: string): Found;
  all(selector: string): HTMLElement[];
  button(name: string): HTMLButtonElement;
  press(name: string): Promise<void>;
  type(text: string): Promise<void>;
  text(): string;
}

export function open(state: Partial<ViewState> | FakeModel): Page {
  const model = state instanceof FakeModel ? state : new FakeModel(state);
  const el = document.createElement("div");
  document.body.append(el);
  const leaving = new AbortController();
  view.render({ model, el, signal: leaving.signal });
  const find = <Found extends HTMLElement>(selector: string): Found => {
    const found = el.querySelector<Found>(selector);
    if (!found) throw new Error(`nothing matches ${selector}`);
    return found;
  };
  const all = (selector: string) => [...el.querySelectorAll<HTMLElement>(selector)];
  const button = (name: string): HTMLButtonElement => {
    const found = all("button").find((one) => one.textContent.startsWith(name));
    if (!found) throw new Error(`no button says ${name}`);
    return found as HTMLButtonElement;
  };
  return {
    el,
    model,
    find,
    all,
    button,
    leave: () => leaving.abort(),
    async press(name) {
      button(name).click();
      await settle();
    },
    async type(text) {
      const field = find<HTMLTextAreaElement>("textarea");
      field.value = text;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      await settle(1);
    },
    text: () => find(".hitl-nb").textContent,
  };
}

export async function unfold(details: HTMLElement): Promise<void> {
  (details as HTMLDetailsElement).open = true;
  details.dispatchEvent(new Event("toggle"));
  await settle();
}

export function key(
  target: HTMLElement,
  name: string,
  more: KeyboardEventInit = {},
): KeyboardEvent {
  const event = new KeyboardEvent("keydown", {
    key: name,
    bubbles: true,
    cancelable: true,
    ...more,
  });
  target.dispatchEvent(event);
  return event;
}

export const waiting: Header = {
  graph: ["refund"],
  thread: ["order-42"],
  status: "waiting",
  note: ["waiting for you"],
  saver: ["saved in hitl.db"],
  seconds: 0,
};

export function approval(more: Partial<FormView> = {}): FormView {
  return {
    id: "q1",
    node: ["approve"],
    heading: ["Approve this refund?"],
    context: [],
    control: options("approve", "reject"),
    ...more,
  };
}

export function options(...labels: string[]): FormView["control"] {
  const layout = labels.length > 6 ? "dropdown" : "buttons";
  return { kind: "options", layout, choices: labels.map((label) => ({ label: [label] })) };
}

export function writing(more: Partial<FormView> = {}): FormView {
  return approval({
    heading: ["Which order?"],
    control: { kind: "text", quick: ["skip"] },
    ...more,
  });
}

export function request(control: RequestControl, more: Partial<FormView> = {}): FormView {
  return approval({ control, ...more });
}

type Part = RequestControl["parts"][number];

/** An approval of a draft. */
export function approving(value: unknown, more: Partial<Part> = {}): RequestControl {
  const action = { key: "", primary: false, words: "required" as const, values: false };
  return {
    kind: "request",
    parts: [
      {
        name: "draft",
        label: [],
        about: [],
        schema: { type: "string" },
        value,
        compare: true,
        editable: true,
        actions: [],
        ...more,
      },
    ],
    actions: [
      { ...action, name: "reject", label: ["Reject"], key: "r" },
      {
        ...action,
        name: "approve",
        label: ["Approve"],
        key: "a",
        primary: true,
        edited: { name: "edit", label: ["Approve as edited"] },
        words: "optional",
        values: true,
      },
    ],
    comment: ["comment"],
    phrase: null,
    reviewer: null,
  };
}

/** A form to fill in. */
export function filling(schema: Part["schema"], value?: unknown): RequestControl {
  const control = approving(value, { name: "answer", schema, compare: false });
  const submit = { name: "answer", label: ["Submit"], key: "s", primary: true } as const;
  return {
    ...control,
    actions: [{ ...submit, label: ["Submit"], words: "optional", values: true }],
  };
}

export function answers(page: Page): RequestAnswer[] {
  return page.model.submits().map(({ answer }) => answer as RequestAnswer);
}

/** Draw every form: one behind a tab is drawn when it is first looked at. */
export async function visitTabs(page: Page): Promise<void> {
  for (const tab of page.all('[role="tab"]')) {
    tab.click();
    await settle();
  }
}

/** What was said to the kernel, of one kind. */
export function said<Kind extends string>(page: Page, kind: Kind) {
  type Told = Extract<Message, { type: Kind }>;
  return page.model.sent.filter((one) => "type" in one && one.type === kind) as Told[];
}

/** What a person would call a field. */
function nameOf(element: HTMLElement): string | null {
  const label = element.closest(".hitl-nb")?.querySelector(`label[for="${element.id}"]`);
  return (
    label?.textContent ??
    element.closest("label")?.textContent ??
    element.getAttribute("aria-label")
  );
}

export function field(page: Page, name: string): HTMLInputElement {
  const found = page.all("input, textarea, select").find((one) => nameOf(one) === name);
  if (!found) throw new Error(`no field is called ${name}`);
  return found as HTMLInputElement;
}

export async function type(field: HTMLInputElement, text: string): Promise<void> {
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  await settle(1);
}

/** Use fake timers in a test file, and begin every test with an empty page. */
export function freshPage(): void {
  vi.useFakeTimers();
  afterEach(async () => {
    // An effect that was never run would keep all later ones waiting.
    await settle(100);
    vi.clearAllTimers();
    document.body.replaceChildren();
    Reflect.deleteProperty(globalThis, Symbol.for("hitl_nb.unsent"));
  });
}
